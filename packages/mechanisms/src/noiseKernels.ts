import * as tf from '@tensorflow/tfjs-core';

/**
 * Names of the kernels that add noise. A backend that has one registered does the work; elsewhere a plain
 * loop does, with the same result to the bit.
 *
 * - `AddGaussianNoise`: `values`, attributes `GaussianNoiseAttributes`; gives values + noise in the shape of
 *   `values`. The noise is what `fillGaussian` draws from `new ChaChaStream(key)`, in float64; each sum is
 *   rounded once to float32. The kernel leaves no copy of key, words or noise in memory.
 */
export const noiseKernels = { gaussian: 'AddGaussianNoise' } as const;

/** Attributes of a kernel that adds Gaussian noise. */
export interface GaussianNoiseAttributes {
  /** Eight words, secret, for this noise alone: overwritten after the call. */
  readonly key: Uint32Array;
  readonly standardDeviation: number;
}

/** Adds the noise in place by the current backend's kernel. False, and nothing done, where it has none. */
export function addNoiseByKernel(
  values: Float32Array,
  attributes: GaussianNoiseAttributes,
): boolean {
  const kernel = noiseKernels.gaussian;
  if (values.length === 0 || tf.getKernel(kernel, tf.getBackend()) === undefined) return false;
  const x = tf.tensor1d(values);
  try {
    const noisy = tf
      .engine()
      .runKernel(kernel, { values: x }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
    values.set(noisy.dataSync<'float32'>());
    noisy.dispose();
  } finally {
    x.dispose();
  }
  return true;
}
