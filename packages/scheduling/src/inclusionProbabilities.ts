import { budgetGains } from './budgetGains.ts';
import { readBudget } from './computeBudget.ts';
import { drawProbabilities } from './drawProbabilities.ts';
import { gumbel } from './gumbel.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { ScheduleContext } from './policy.ts';

/** Draws of a simulation; the standard error of a share of them is at most 1/√(4·draws) = 0.008. */
const draws = 4000;

/**
 * Probability with which each layer is chosen when layers are drawn one after another without
 * replacement, each next one in proportion to its weight, until the budget is spent.
 *
 * Where the budget is a number or a share of the layers, correct to some ten digits
 * (`drawProbabilities`). Where it is one of work, how many are drawn depends on which, and the
 * share of 4,000 draws by `context.random` is given, with a standard error of at most 0.008.
 *
 * Throws RangeError as `layersToQuantize` does.
 *
 * @param logWeights of the layers, in order; −∞ comes after all others
 */
export function inclusionProbabilities(
  logWeights: readonly number[],
  context: ScheduleContext,
): ReadonlyMap<string, number> {
  const { layers, budget } = context;
  const names = layers.map(({ name }) => name);
  const affordable = layersToQuantize(names, context).length;
  const goal = readBudget(budget);
  const isCount = goal.kind === 'quantizedFraction' || goal.kind === 'quantizedLayers';
  const probabilities = isCount
    ? drawProbabilities(logWeights, affordable)
    : simulated(logWeights, budgetGains(goal, context), context.random);
  return new Map(names.map((name, i) => [name, probabilities[i]!]));
}

/** The probabilities of a choice that is made already. */
export function certainly(
  chosen: Iterable<string>,
  { layers }: Pick<ScheduleContext, 'layers'>,
): ReadonlyMap<string, number> {
  const names = new Set(chosen);
  return new Map(layers.map(({ name }) => [name, Number(names.has(name))]));
}

function simulated(
  logWeights: readonly number[],
  { gains, needed }: ReturnType<typeof budgetGains>,
  random: () => number,
): readonly number[] {
  const counts = new Float64Array(logWeights.length);
  for (let draw = 0; draw < draws; draw++) {
    let gained = 0;
    for (const { gain, i } of drawn(logWeights, gains, random)) {
      if (gained >= needed) break;
      gained += gain;
      counts[i]!++;
    }
  }
  return Array.from(counts, (count) => count / draws);
}

/** The layers that bring the budget nearer, in the order of a draw. */
function drawn(
  logWeights: readonly number[],
  gains: readonly (number | null)[],
  random: () => number,
): readonly { readonly i: number; readonly gain: number }[] {
  const order: { i: number; gain: number; key: number }[] = [];
  for (const [i, gain] of gains.entries()) {
    const key = logWeights[i]! + gumbel(random);
    if (gain !== null) order.push({ i, gain, key });
  }
  return order.sort((a, b) => (a.key === b.key ? 0 : b.key - a.key));
}
