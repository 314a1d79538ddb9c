import type * as tf from '@tensorflow/tfjs-core';
import { operation } from '@dpquant/operations';

/** Attributes of an operation that adds Gaussian noise. */
export interface GaussianNoiseAttributes {
  /** Eight words, secret, for this noise alone: overwritten after the call. */
  readonly key: Uint32Array;
  readonly standardDeviation: number;
}

/**
 * The operations that add noise. A backend that has a kernel for one does the work; elsewhere a
 * plain loop does, with the same result to the bit.
 */
export const noiseOperations = {
  /**
   * `AddGaussianNoise`: values + noise in the shape of `values`. The noise is what `fillGaussian`
   * draws from `new ChaChaStream(key)`, in float64; each sum is rounded once to float32. A kernel
   * leaves no copy of key, words or noise in memory.
   */
  gaussian: operation<{ values: tf.Tensor }, GaussianNoiseAttributes, tf.Tensor>(
    'AddGaussianNoise',
  ),
};
