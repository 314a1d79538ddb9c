import type * as tfl from '@tensorflow/tfjs-layers';
import { conv1dRule } from './conv1d.ts';
import { conv2dRule } from './conv2d.ts';
import { conv2dTransposeRule } from './conv2dTranspose.ts';
import { denseRule } from './dense.ts';
import { depthwiseConv2dRule } from './depthwiseConv2d.ts';
import { embeddingRule } from './embedding.ts';
import { groupNormalizationRule } from './groupNormalization.ts';
import { layerNormalizationRule } from './layerNormalization.ts';
import type { LayerRule } from './layerRule.ts';
import { preluRule } from './prelu.ts';
import { randomLayerRules } from './randomLayers.ts';
import { selfAttentionRule } from './selfAttention.ts';
import { separableConv2dRule } from './separableConv2d.ts';

const rules = new Map<string, LayerRule>(
  [
    denseRule,
    conv1dRule,
    conv2dRule,
    depthwiseConv2dRule,
    separableConv2dRule,
    conv2dTransposeRule,
    layerNormalizationRule,
    groupNormalizationRule,
    embeddingRule,
    preluRule,
    selfAttentionRule,
    ...randomLayerRules,
  ].map((rule) => [rule.className, rule]),
);

const builtIn: ReadonlySet<LayerRule> = new Set(rules.values());

/**
 * The rule that applies to a layer in a pass: the rule of its class, if the layer has trainable
 * weights or draws random numbers. Undefined if the layer runs its own `call`.
 */
export function appliedRule(layer: tfl.layers.Layer): LayerRule | undefined {
  const rule = ruleFor(layer);
  return rule && (layer.trainableWeights.length > 0 || rule.isRandom) ? rule : undefined;
}

/** Whether a rule of this package applies to a layer in a pass. */
export function hasBuiltInRule(layer: tfl.layers.Layer): boolean {
  const rule = appliedRule(layer);
  return rule !== undefined && builtIn.has(rule);
}

/** Class names of the layers with weights that can be trained privately. */
export function supportedLayers(): string[] {
  return [...rules.values()].filter(({ isRandom }) => !isRandom).map(({ className }) => className);
}

/** The rule of a layer's class, whether or not it applies; undefined if there is none. */
export function ruleFor(layer: tfl.layers.Layer): LayerRule | undefined {
  return rules.get(layer.getClassName());
}

/**
 * Adds the rule for a layer class of your own. Test it against `microbatchGradients`.
 *
 * @throws RangeError if the class already has a rule
 */
export function registerLayerRule(rule: LayerRule): void {
  if (rules.has(rule.className)) {
    throw new RangeError(`layer rule: "${rule.className}" has one already`);
  }
  rules.set(rule.className, rule);
}
