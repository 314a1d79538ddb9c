import type * as tfl from '@tensorflow/tfjs-layers';
import { ownCalls } from './interception.ts';
import type { LayerCall } from './layerCall.ts';
import type { LayerPass } from './rules/layerPass.ts';
import { ruleCall } from './rules/replacements.ts';

/**
 * What each leaf layer of a model computes in a pass: by its rule if one applies, otherwise by its
 * own `call`. Must be called before the layers' calls are replaced.
 */
export function passCalls(model: tfl.LayersModel): Map<tfl.layers.Layer, PassCall> {
  return new Map(
    [...ownCalls(model)].map(([layer, own]) => [layer, (pass) => ruleCall(layer, pass) ?? own]),
  );
}

/** A layer's call in a pass. */
export type PassCall = (pass: LayerPass) => LayerCall;
