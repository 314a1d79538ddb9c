import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { addBias, type LayerPass } from './layerPass.ts';
import { weightOf } from './layerRule.ts';

/** Adds a layer's bias and applies its activation function, if it has them. */
export function addBiasAndActivate(
  pass: LayerPass,
  layer: tfl.layers.Layer,
  y: tf.Tensor,
): tf.Tensor {
  const bias = weightOf(layer, 'bias');
  const biased = bias ? addBias(pass, y, bias) : y;
  const { activation } = layer as unknown as {
    activation?: { apply(x: tf.Tensor): tf.Tensor } | null;
  };
  return activation ? activation.apply(biased) : biased;
}
