import { drawLayers } from './drawLayers.ts';
import type { SchedulePolicy } from './policy.ts';

export interface StaticPolicyOptions {
  /**
   * Layers to quantize, instead of a draw. A resumed run passes the layers that its first epoch
   * quantized (the keys of that epoch's assignment).
   */
  readonly layers?: readonly string[] | undefined;
}

/**
 * The paper's baseline: one uniform draw of k layers at the first call, kept for the whole run.
 * The draw is the policy's only state; `layers` restores it.
 *
 * `select` throws RangeError if the run has no layer of a kept name.
 */
export function staticPolicy({ layers }: StaticPolicyOptions = {}): SchedulePolicy {
  let kept = layers && [...layers];
  return {
    name: 'static',
    select(context) {
      kept ??= [...drawLayers(context)];
      const known = new Set(context.layers.map((layer) => layer.name));
      const missing = kept.find((name) => !known.has(name));
      if (missing !== undefined) {
        throw new RangeError(
          `static policy: the model has no layer '${missing}'; it has ${[...known].join(', ')}. ` +
            'Restore the policy with layers of the same model.',
        );
      }
      return new Map(kept.map((name) => [name, context.format]));
    },
  };
}
