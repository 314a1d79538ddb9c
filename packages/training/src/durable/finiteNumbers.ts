import type { Metrics } from '../tasks/task.ts';

/** Metrics for a file: JSON has no NaN. */
export function finiteOnly(metrics: Metrics): Readonly<Record<string, number | null>> {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, value]) => [name, finiteOrNull(value)]),
  );
}

/** A number for a file: JSON has no infinity. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
