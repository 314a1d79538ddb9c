import { correctedCall } from '../correctedCalls.ts';
import { onlyInput, type Replacement } from '../interception.ts';
import type { LayerPass } from './layerPass.ts';
import { ruleFor } from './registry.ts';

/** Layers with trainable weights, and those with random numbers, run by their rule in `pass`. */
export function replacementsFor(pass: LayerPass): Replacement {
  return (layer) => {
    const rule = ruleFor(layer);
    if (!rule || (layer.trainableWeights.length === 0 && !rule.isRandom))
      return correctedCall(layer);
    return (inputs) => rule.call(layer, onlyInput(inputs), pass);
  };
}
