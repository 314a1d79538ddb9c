import { assignFormats, layersInFormat } from './assignFormats.ts';
import { certainly, inclusionProbabilities } from './inclusionProbabilities.ts';
import { requireKnownLayers } from './knownLayers.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { ScheduleContext, SchedulePolicy } from './policy.ts';
import { uniformOrder } from './uniformOrder.ts';

export interface StaticPolicyOptions {
  /** Layers to quantize, instead of a draw; the budget is then ignored. */
  readonly layers?: readonly string[] | undefined;
}

/**
 * The paper's baseline: the layers that the budget buys in one uniformly random order, drawn for
 * the first epoch and kept for the whole run. Where the budget is a number of layers, every subset
 * of that size is equally likely. A resumed run keeps them too, by `context.earlier`; without it,
 * the draw of the first call is kept.
 *
 * `select` throws RangeError if the run has no layer of a kept name.
 */
export function staticPolicy({ layers }: StaticPolicyOptions = {}): SchedulePolicy {
  let kept = layers && [...layers];
  const knownBy = ({ earlier, format }: ScheduleContext) => {
    const [first] = earlier ?? [];
    return kept ?? (first && [...layersInFormat(first, format)]);
  };
  return {
    name: 'static',
    probabilities(context) {
      const known = knownBy(context);
      if (known) return certainly(known, context);
      return inclusionProbabilities(
        context.layers.map(() => 0),
        context,
      );
    },
    select(context) {
      kept = knownBy(context) ?? [...layersToQuantize(uniformOrder(context), context)];
      requireKnownLayers('static policy', kept, context.layers);
      return assignFormats(kept, context);
    },
  };
}
