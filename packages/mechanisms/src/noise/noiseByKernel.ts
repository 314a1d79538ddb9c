import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations, type GridNoiseAttributes } from './noiseOperations.ts';
import { withNoise, writeNoisy, type NoisyTarget } from './noisyTarget.ts';
import { plainNoisyValue } from './plainNoise.ts';
import type { SumValues } from '../sampling/sampledStep.ts';

/**
 * Writes the values with noise by the current backend's kernel. The key may be erased once this
 * returns. The target is written when the promise is fulfilled, and unchanged if it is rejected.
 *
 * The kernel gets the last 32 bits of each whole number and gives those of its sum with the noise:
 * the noise itself, which fits an int32, is never in a tensor.
 *
 * A device may fail without an error, and its tensors may then contain anything, even sums of an
 * earlier step without noise. So the first and the last value are compared with the plain
 * reference.
 *
 * @throws Error where they differ
 */
export function writeNoisyByKernel(
  values: SumValues,
  attributes: GridNoiseAttributes,
  target: NoisyTarget,
): Promise<void> {
  // An int32 array stores values modulo 2³².
  const x = tf.tensor1d(values instanceof Int32Array ? values : new Int32Array(values), 'int32');
  try {
    const noisy = noiseOperations.grid.require({ values: x }, attributes);
    const ends = new Map(
      [0, values.length - 1].map((place) => [place, plainNoisyValue(values, place, attributes)]),
    );
    return takeNoisy(noisy, ends, values, target);
  } finally {
    x.dispose();
  }
}

/** Writes the kernel's result to the target, and disposes it. */
async function takeNoisy(
  noisy: tf.Tensor,
  ends: ReadonlyMap<number, number>,
  values: SumValues,
  target: NoisyTarget,
): Promise<void> {
  const backend = tf.getBackend();
  try {
    const found = await noisy.data<'int32'>();
    for (const [place, end] of ends) {
      if (withNoise(values[place]!, found[place]!) === end) continue;
      throw new Error(
        `${noiseOperations.grid.name}: the kernel of ${backend} did not add the noise to value ${place} of ` +
          `${values.length}, so nothing is released; the device may have failed, use another backend`,
      );
    }
    writeNoisy(values, found, target);
  } finally {
    noisy.dispose();
  }
}
