import { assignFormats } from './assignFormats.ts';
import { requireKnownLayers } from './knownLayers.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import type { SchedulePolicy } from './policy.ts';
import { uniformOrder } from './uniformOrder.ts';

export interface StaticPolicyOptions {
  /**
   * Layers to quantize, instead of a draw; the budget is then ignored. A resumed run passes those
   * that its first epoch quantized, `layersInFormat(assignment, format)`.
   */
  readonly layers?: readonly string[] | undefined;
}

/**
 * The paper's baseline: the layers that the budget buys in one uniformly random order, drawn at the
 * first call and kept for the whole run. Where the budget is a number of layers, every subset of
 * that size is equally likely. The draw is the policy's only state; `layers` restores it.
 *
 * `select` throws RangeError if the run has no layer of a kept name.
 */
export function staticPolicy({ layers }: StaticPolicyOptions = {}): SchedulePolicy {
  let kept = layers && [...layers];
  return {
    name: 'static',
    select(context) {
      kept ??= [...layersToQuantize(uniformOrder(context), context)];
      requireKnownLayers('static policy', kept, context.layers);
      return assignFormats(kept, context);
    },
  };
}
