import { assignFormats } from './assignFormats.ts';
import { inclusionProbabilities } from './inclusionProbabilities.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { SchedulePolicy } from './policy.ts';
import { uniformOrder } from './uniformOrder.ts';

/**
 * Probabilistic layer sampling (PLS, arXiv 2509.03472): in every epoch new layers, as many as the
 * budget buys in a uniformly random order, so that no layer carries the quantization variance all
 * the time. Where the budget is a number of layers, every subset of that size is equally likely.
 *
 * Stateless: a draw depends on `context.random` alone.
 */
export function probabilistic(): SchedulePolicy {
  return {
    name: 'probabilistic',
    select: (context) => assignFormats(layersToQuantize(uniformOrder(context), context), context),
    probabilities: (context) =>
      inclusionProbabilities(
        context.layers.map(() => 0),
        context,
      ),
  };
}
