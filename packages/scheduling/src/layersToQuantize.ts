import { assignFormats } from './assignFormats.ts';
import { readBudget, type BudgetGoal } from './computeBudget.ts';
import { requireKnownLayers } from './requireKnownLayers.ts';
import type { ScheduleContext } from './policy.ts';
import { lowPrecisionShare } from './quantizedFraction.ts';
import { theoreticalSpeedup } from './theoreticalSpeedup.ts';

/** The context of a budget. */
export type BudgetContext = Pick<
  ScheduleContext,
  'layers' | 'budget' | 'format' | 'otherFormat' | 'formatSpeedups'
>;

/** Relative tolerance for sums that are equal in exact arithmetic. */
export const relativeTolerance = 1e-12;

/**
 * Takes layers in `order`, the best to quantize first, until the budget is spent.
 *
 * - `quantizedFraction`: the first `round(quantizedFraction · number of context.layers)`;
 * - `quantizedLayers`: the first `quantizedLayers`;
 * - `lowPrecisionShare`, `theoreticalSpeedup`: the fewest that reach the target; layers without
 *   multiply-accumulates, which do not help, are skipped.
 *
 * `order` may leave out layers that must not be quantized.
 *
 * @throws RangeError for a budget that is out of range or that all layers of `order` cannot reach
 *   (naming the greatest value that can be reached), or a name in `order` that is unknown or
 *   repeated
 */
export function layersToQuantize(
  order: readonly string[],
  context: BudgetContext,
): readonly string[] {
  requireKnownLayers('order', order, context.layers);
  const twice = order.find((name, place) => order.indexOf(name) !== place);
  if (twice !== undefined) {
    throw new RangeError(`order: expected each layer once, got '${twice}' twice; remove one`);
  }
  const goal = readBudget(context.budget);
  const record = (chosen: readonly string[]) => ({
    ...context,
    assignments: [assignFormats(chosen, context)],
  });
  switch (goal.kind) {
    case 'quantizedFraction': {
      const count = Math.round(goal.target * context.layers.length);
      if (count <= order.length) return order.slice(0, count);
      throw unreachable(goal, order.length / context.layers.length, context);
    }
    case 'quantizedLayers':
      if (goal.target <= order.length) return order.slice(0, goal.target);
      throw unreachable(goal, order.length, context);
    case 'lowPrecisionShare':
      return fewest(order, goal, context, (chosen) => lowPrecisionShare(record(chosen)));
    case 'theoreticalSpeedup':
      return fewest(order, goal, context, (chosen) => theoreticalSpeedup(record(chosen)));
  }
}

function fewest(
  order: readonly string[],
  goal: BudgetGoal,
  context: BudgetContext,
  reached: (chosen: readonly string[]) => number,
): readonly string[] {
  const idle = new Set(
    context.layers.filter((layer) => layer.multiplyAccumulates === 0).map((layer) => layer.name),
  );
  const working = order.filter((name) => !idle.has(name));
  let greatest = 0;
  for (let count = 0; count <= working.length; count++) {
    const chosen = working.slice(0, count);
    const value = reached(chosen);
    if (value >= goal.target * (1 - relativeTolerance)) return chosen;
    greatest = Math.max(greatest, value);
  }
  throw unreachable(goal, greatest, context);
}

function unreachable(
  { kind, target }: BudgetGoal,
  greatest: number,
  { format }: BudgetContext,
): RangeError {
  return new RangeError(
    `budget.${kind}: expected at most ${greatest}, the greatest that the layers reach in ${format}, ` +
      `got ${target}; lower it${kind === 'theoreticalSpeedup' ? ' or take a faster format' : ''}`,
  );
}
