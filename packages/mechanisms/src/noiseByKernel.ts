import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations, type GridNoiseAttributes } from './noiseOperations.ts';
import { plainNoisyValue } from './plainNoise.ts';

/**
 * Adds the noise in place by the current backend's kernel. The key has done its service when this
 * returns; `values` have their noise when the promise is fulfilled, and are as they were when it is
 * rejected.
 *
 * The kernel gets the last 32 bits of each whole number and gives those of its sum with the noise:
 * the noise itself, which fits an int32, never stands in a tensor.
 *
 * A device may fail without an error, and what a tensor of its holds then may be anything, also
 * sums of an earlier step without noise. So the first and the last value are held against the plain
 * reference.
 *
 * @throws Error where they differ
 */
export function addNoiseByKernel(
  values: Float64Array,
  attributes: GridNoiseAttributes,
): Promise<void> {
  // What is stored in an int32 array is taken modulo 2³².
  const x = tf.tensor1d(new Int32Array(values), 'int32');
  try {
    const noisy = noiseOperations.grid.require({ values: x }, attributes);
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
  values: Float64Array,
): Promise<void> {
  const backend = tf.getBackend();
  try {
    const found = await noisy.data<'int32'>();
    const withNoise = (place: number) => values[place]! + ((found[place]! - values[place]!) | 0);
    for (const [place, end] of ends) {
      if (withNoise(place) === end) continue;
      throw new Error(
        `${noiseOperations.grid.name}: the kernel of ${backend} did not add the noise to value ${place} of ` +
          `${values.length}, so nothing is released; the device may have failed, use another backend`,
      );
    }
    for (let i = 0; i < values.length; i++) values[i] = withNoise(i);
  } finally {
    noisy.dispose();
  }
}
