import { assignFormats } from './assignFormats.ts';
import { layersToQuantize, type BudgetContext } from './layersToQuantize.ts';
import { defaultFormatSpeedups, speedupOf } from './theoreticalSpeedup.ts';

/**
 * Checks what a run is to spend before it begins: that the budget can be reached with all layers,
 * that `format` and `otherFormat` differ, and that the speed-up of both is known. A policy that
 * leaves out layers of its own may still fail to reach it.
 *
 * Throws RangeError that names the greatest value that can be reached, or the format.
 */
export function checkBudget(context: BudgetContext): void {
  const {
    layers,
    format,
    otherFormat = 'float32',
    formatSpeedups = defaultFormatSpeedups,
  } = context;
  for (const name of [format, otherFormat]) speedupOf(name, formatSpeedups);
  assignFormats([], context);
  layersToQuantize(
    layers.map(({ name }) => name),
    context,
  );
}
