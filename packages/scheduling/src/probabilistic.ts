import { assignFormats } from './assignFormats.ts';
import { inclusionProbabilities } from './inclusionProbabilities.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { SchedulePolicy } from './policy.ts';
import { uniformOrder } from './uniformOrder.ts';

/**
 * Probabilistic layer sampling (PLS, arXiv 2509.03472): in every epoch layers are taken in a new
 * uniformly random order until the budget is spent, so that no layer has the quantization variance
 * all the time. If the budget is a number of layers, every subset of that size is equally likely.
 *
 * Stateless: a draw depends only on `context.random`.
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
