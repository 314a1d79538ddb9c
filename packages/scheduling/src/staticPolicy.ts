import { assignFormats, layersInFormat } from './assignFormats.ts';
import { certainProbabilities, inclusionProbabilities } from './inclusionProbabilities.ts';
import { requireKnownLayers } from './requireKnownLayers.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { ScheduleContext, SchedulePolicy } from './policy.ts';
import { uniformOrder } from './uniformOrder.ts';

export interface StaticPolicyOptions {
  /** Layers to quantize, in place of a draw; the budget is then ignored. */
  readonly layers?: readonly string[] | undefined;
}

/**
 * The paper's baseline: layers are taken in one uniformly random order until the budget is spent,
 * in the first epoch, and kept for the whole run. If the budget is a number of layers, every subset
 * of that size is equally likely. A resumed run finds them in `context.earlier`; without it, the
 * draw of the first call is kept.
 *
 * @throws RangeError from `select`, if the model does not have one of the layers
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
      if (known) return certainProbabilities(known, context);
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
