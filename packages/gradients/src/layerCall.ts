import type * as tf from '@tensorflow/tfjs-core';

/** What a layer computes. */
export type LayerCall = (
  inputs: tf.Tensor | tf.Tensor[],
  kwargs: object,
) => tf.Tensor | tf.Tensor[];
