import type * as tf from '@tensorflow/tfjs-core';
import { operation } from './operation.ts';

export interface GroupNormalizationAttributes {
  /** Number of groups; divides the number of channels. */
  readonly groups: number;
  /** Added to the variance. */
  readonly epsilon: number;
}

/**
 * Group normalization with scale and shift. The reference is `scaledGroupNormalization` of
 * `@dpquant/gradients`, which runs both kernels if the backend has both. Defined here because
 * `@dpquant/kernels` does not depend on that package, which needs the layers of TensorFlow.js.
 */
export const groupNormalizationOperations = {
  /**
   * `GroupNormalization`: `x` [n, …, channels], `gamma` and `beta` [channels] → y in the shape of
   * x, and statistics [n, groups, 2]: means and 1/√(variance + epsilon).
   */
  forward: operation<
    { x: tf.Tensor; gamma: tf.Tensor; beta: tf.Tensor },
    GroupNormalizationAttributes,
    readonly [y: tf.Tensor, statistics: tf.Tensor]
  >('GroupNormalization'),
  /**
   * `GroupNormalizationGradient`: → dx, and each example's gradients of gamma and beta, [n,
   * channels].
   */
  backward: operation<
    { x: tf.Tensor; dy: tf.Tensor; gamma: tf.Tensor; statistics: tf.Tensor },
    GroupNormalizationAttributes,
    readonly [dx: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor]
  >('GroupNormalizationGradient'),
};
