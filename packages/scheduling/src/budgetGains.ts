import type { BudgetGoal } from './computeBudget.ts';
import { relativeTolerance, type BudgetContext } from './layersToQuantize.ts';
import { totalMultiplyAccumulates } from './multiplyAccumulates.ts';
import { defaultFormatSpeedups, speedupOf } from './theoreticalSpeedup.ts';

/** A budget as sums: it is reached when the gains of the chosen layers add up to `needed`. */
export interface BudgetGains {
  /** Gain of each layer; null for a layer without multiply-accumulates, which is skipped. */
  readonly gains: readonly (number | null)[];
  readonly needed: number;
}

/**
 * The gains that `layersToQuantize` adds up for the budgets `lowPrecisionShare` and
 * `theoreticalSpeedup`.
 */
export function budgetGains(
  { kind, target }: BudgetGoal,
  {
    layers,
    format,
    otherFormat = 'float32',
    formatSpeedups = defaultFormatSpeedups,
  }: BudgetContext,
): BudgetGains {
  const total = totalMultiplyAccumulates(layers);
  const isShare = kind === 'lowPrecisionShare';
  const [cost, otherCost] = [format, otherFormat].map((name) =>
    isShare
      ? Number(name === 'float32' || name === otherFormat)
      : 1 / speedupOf(name, formatSpeedups),
  ) as [number, number];
  const gains = layers.map(({ multiplyAccumulates: work }) =>
    work === 0 ? null : (work / total) * (otherCost - cost),
  );
  const least = target * (1 - relativeTolerance);
  return { gains, needed: isShare ? least : (total === 0 ? 1 : otherCost) - 1 / least };
}
