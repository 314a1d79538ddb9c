import type * as tfl from '@tensorflow/tfjs-layers';
import { correctedCall } from '../correctedCalls.ts';
import { onlyInput, type Replacement } from '../interception.ts';
import type { LayerCall } from '../layerCall.ts';
import type { LayerPass } from './layerPass.ts';
import { appliedRule } from './registry.ts';

/** What each layer computes in `pass` in place of its own `call`. */
export function replacementsFor(pass: LayerPass): Replacement {
  return (layer) => ruleCall(layer, pass) ?? correctedCall(layer);
}

/** What a layer computes in `pass` by its rule; null if none applies. */
export function ruleCall(layer: tfl.layers.Layer, pass: LayerPass): LayerCall | null {
  const rule = appliedRule(layer);
  return rule ? (inputs) => rule.call(layer, onlyInput(inputs), pass) : null;
}
