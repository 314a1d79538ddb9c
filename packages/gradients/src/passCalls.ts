import type * as tfl from '@tensorflow/tfjs-layers';
import { onlyInput, ownCalls } from './interception.ts';
import type { LayerCall } from './layerCall.ts';
import type { LayerPass } from './rules/layerPass.ts';
import { ruleFor } from './rules/registry.ts';

/**
 * What each leaf layer of a model computes in a pass: by its rule, where training runs that, else
 * by itself. To be asked for before the layers' calls are replaced.
 */
export function passCalls(model: tfl.LayersModel): Map<tfl.layers.Layer, PassCall> {
  return new Map(
    [...ownCalls(model)].map(([layer, own]) => {
      const rule = ruleFor(layer);
      const byRule = rule && (layer.trainableWeights.length > 0 || rule.isRandom);
      return [
        layer,
        (pass) => (byRule ? (inputs) => rule.call(layer, onlyInput(inputs), pass) : own),
      ];
    }),
  );
}

/** A layer's call in a pass. */
export type PassCall = (pass: LayerPass) => LayerCall;
