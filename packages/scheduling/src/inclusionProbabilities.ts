import { budgetGains } from './budgetGains.ts';
import { readBudget } from './computeBudget.ts';
import { drawProbabilities } from './drawProbabilities.ts';
import { gumbel } from './gumbel.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { ScheduleContext } from './policy.ts';

/**
 * Number of simulated draws; the standard error of an estimated probability is at most 1/√(4·draws)
 * = 0.008.
 */
const draws = 4000;

/**
 * Probability that each layer is chosen when layers are drawn without replacement, each next one
 * with a probability proportional to its weight, until the budget is spent.
 *
 * If the budget is a number or fraction of layers, correct to about ten digits
 * (`drawProbabilities`). If it is a share of the work or a speed-up, estimated by 4,000 draws from
 * `context.random`, with a standard error of at most 0.008.
 *
 * @param logWeights logarithms of the layers' weights, in order; layers of −∞ come last
 * @throws RangeError as `layersToQuantize` does
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

/** Probabilities of a choice that is already fixed: 1 for chosen layers, else 0. */
export function certainProbabilities(
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

/** The layers with a gain, in the order of one draw. */
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
