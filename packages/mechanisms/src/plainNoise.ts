import { ChaChaStream, fillGaussian } from '@dpquant/random';
import type { GaussianNoiseAttributes } from './noiseOperations.ts';

/** Values at a time: whole pairs of variates. */
const most = 4096;

/** Adds the noise in place: the plain reference, `fillGaussian` of the key's stream, in float64. */
export function addPlainNoise(
  values: Float32Array,
  { key, standardDeviation }: GaussianNoiseAttributes,
): void {
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

/** One of the values with its noise, which is left out of the others; `values` stay as they are. */
export function plainNoisyValue(
  values: Float32Array,
  place: number,
  { key, standardDeviation }: GaussianNoiseAttributes,
): number {
  const stream = new ChaChaStream(key);
  const pair = new Float64Array(2);
  try {
    stream.seek(3 * Math.floor(place / 2));
    fillGaussian(stream, pair, standardDeviation);
    return Math.fround(values[place]! + pair[place % 2]!);
  } finally {
    pair.fill(0);
    stream.erase();
  }
}
