import type * as tfl from '@tensorflow/tfjs-layers';
import { conv2dRule } from './conv2d.ts';
import { denseRule } from './dense.ts';
import { groupNormalizationRule } from './groupNormalization.ts';
import type { LayerRule } from './layerRule.ts';

const rules: readonly LayerRule[] = [denseRule, conv2dRule, groupNormalizationRule];

/** Class names of the layers with weights that can be trained privately. */
export const supportedLayers: readonly string[] = rules.map(({ className }) => className);

/** The rule for a layer, or undefined. */
export function ruleFor(layer: tfl.layers.Layer): LayerRule | undefined {
  const className = layer.getClassName();
  return rules.find((rule) => rule.className === className);
}
