import { assignFormats } from './assignFormats.ts';
import { layersToQuantize, type BudgetContext } from './layersToQuantize.ts';
import { defaultFormatSpeedups, speedupOf } from './theoreticalSpeedup.ts';

/**
 * Checks what a run is to spend before it begins: that the budget can be reached with all layers,
 * that `format` and `otherFormat` differ, and, where speed-ups are given or the budget is one, that
 * those of both are known. A policy that leaves out layers of its own may still fail to reach it.
 *
 * Throws RangeError that names the greatest value that can be reached, or the format.
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
 * The speed-ups that each format of a run has to have one of: those that are given, or the default
 * where the budget is a speed-up; undefined where nothing asks for one.
 */
export function speedupsNeeded({
  budget,
  formatSpeedups,
}: Pick<BudgetContext, 'budget' | 'formatSpeedups'>): ReadonlyMap<string, number> | undefined {
  return formatSpeedups ?? ('theoreticalSpeedup' in budget ? defaultFormatSpeedups : undefined);
}
