import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** The layer's own activation function, if it has one, on `y`. */
export function applyActivation(layer: tfl.layers.Layer, y: tf.Tensor): tf.Tensor {
  const { activation } = layer as unknown as {
    activation?: { apply(x: tf.Tensor): tf.Tensor } | null;
  };
  return activation ? activation.apply(y) : y;
}
