import { ChaChaStream, fillGaussian, type RandomSource } from '@dpquant/random';
import { addNoiseByKernel } from './noiseKernels.ts';

/**
 * The Gaussian mechanism: adds independent noise of the given standard deviation to every value, in
 * place, and rounds once to float32. If the values' L2 sensitivity is C and the standard deviation
 * σ·C, the result is a `gaussian(σ)` event.
 *
 * Eight words of `random` are the key of a ChaCha20 stream of its own, from which the noise is: a kernel never
 * sees more than that. The key is overwritten afterwards, also after an error. The same `random` gives the same
 * bits, whatever computes them.
 *
 * @throws RangeError unless the standard deviation is a number ≥ 0
 */
export function addGaussianNoise(
  values: Float32Array,
  standardDeviation: number,
  random: RandomSource,
): void {
  if (!(standardDeviation >= 0 && standardDeviation < Infinity)) {
    throw new RangeError(`standardDeviation: expected a number ≥ 0, got ${standardDeviation}`);
  }
  const key = Uint32Array.from({ length: 8 }, () => random.uint32());
  try {
    if (!addNoiseByKernel(values, { key, standardDeviation })) {
      addNoiseOfKey(values, standardDeviation, key);
    }
  } finally {
    key.fill(0);
  }
}

/** Values at a time: whole pairs of variates. */
const most = 4096;

/** The plain reference: `fillGaussian` of the key's stream, in float64. */
function addNoiseOfKey(values: Float32Array, standardDeviation: number, key: Uint32Array): void {
  const stream = new ChaChaStream(key);
  const noise = new Float64Array(Math.min(most, values.length));
  try {
    for (let first = 0; first < values.length; first += most) {
      const count = Math.min(most, values.length - first);
      fillGaussian(stream, noise.subarray(0, count), standardDeviation);
      for (let i = 0; i < count; i++) values[first + i] = values[first + i]! + noise[i]!;
    }
  } finally {
    noise.fill(0);
    stream.erase();
  }
}
