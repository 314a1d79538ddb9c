import { assignFormats } from './assignFormats.ts';
import { layersToQuantize, type BudgetContext } from './layersToQuantize.ts';
import { defaultFormatSpeedups, speedupOf } from './theoreticalSpeedup.ts';

/**
 * Checks the budget of a run before it begins: it can be reached with all layers; `format` and
 * `otherFormat` differ; and their speed-ups are known, if speed-ups are given or the budget is one.
 * A policy that never quantizes some layers may still fail to reach the budget.
 *
 * @throws RangeError that names the greatest value that can be reached, or the format
 */
export function checkBudget(context: BudgetContext): void {
  const { layers, format, otherFormat = 'float32' } = context;
  const speedups = speedupsNeeded(context);
  if (speedups) for (const name of [format, otherFormat]) speedupOf(name, speedups);
  assignFormats([], context);
  layersToQuantize(
    layers.map(({ name }) => name),
    context,
  );
}

/**
 * The speed-ups in which each format of a run must be listed: the given ones, or the defaults if
 * the budget is a speed-up; undefined if none are needed.
 */
export function speedupsNeeded({
  budget,
  formatSpeedups,
}: Pick<BudgetContext, 'budget' | 'formatSpeedups'>): ReadonlyMap<string, number> | undefined {
  return formatSpeedups ?? ('theoreticalSpeedup' in budget ? defaultFormatSpeedups : undefined);
}
