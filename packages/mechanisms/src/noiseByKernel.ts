import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations, type GaussianNoiseAttributes } from './noiseOperations.ts';
import { plainNoisyValue } from './plainNoise.ts';

/**
 * Adds the noise in place by the current backend's kernel. The key has done its service when this
 * returns; `values` have their noise when the promise is fulfilled, and are as they were when it is
 * rejected.
 *
 * A device may fail without an error, and what a tensor of its holds then may be anything, also
 * sums of an earlier step without noise. So the first and the last value are held against the plain
 * reference.
 *
 * @throws Error where they differ
 */
export function addNoiseByKernel(
  values: Float32Array,
  attributes: GaussianNoiseAttributes,
): Promise<void> {
  const x = tf.tensor1d(values);
  try {
    const noisy = noiseOperations.gaussian.require({ values: x }, attributes);
    const ends = new Map(
      [0, values.length - 1].map((place) => [place, plainNoisyValue(values, place, attributes)]),
    );
    return takeNoisy(noisy, ends, values);
  } finally {
    x.dispose();
  }
}

/** Reads the kernel's result into `values`, and disposes of it. */
async function takeNoisy(
  noisy: tf.Tensor,
  ends: ReadonlyMap<number, number>,
  values: Float32Array,
): Promise<void> {
  const backend = tf.getBackend();
  try {
    const found = await noisy.data<'float32'>();
    for (const [place, end] of ends) {
      if (Object.is(found[place], end)) continue;
      throw new Error(
        `${noiseOperations.gaussian.name}: the kernel of ${backend} did not add the noise to value ${place} of ` +
          `${values.length}, so nothing is released; the device may have failed, use another backend`,
      );
    }
    values.set(found);
  } finally {
    noisy.dispose();
  }
}
