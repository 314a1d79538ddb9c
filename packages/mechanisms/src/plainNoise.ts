import { fillGridNoise } from '@dpquant/random';
import type { GridNoiseAttributes } from './noiseOperations.ts';

/** Values at a time: whole pairs. */
const most = 4096;

/** Adds the noise to whole numbers in place: the plain reference, `fillGridNoise` of the key. */
export function addPlainNoise(
  values: Float64Array | Int32Array,
  { key, deviation }: GridNoiseAttributes,
): void {
  const noise = new Float64Array(Math.min(most, values.length));
  try {
    for (let first = 0; first < values.length; first += most) {
      const count = Math.min(most, values.length - first);
      fillGridNoise(key, deviation, noise.subarray(0, count), first);
      for (let i = 0; i < count; i++) values[first + i] = values[first + i]! + noise[i]!;
    }
  } finally {
    noise.fill(0);
  }
}

/** One of the values with its noise, which is left out of the others; `values` stay as they are. */
export function plainNoisyValue(
  values: ArrayLike<number>,
  place: number,
  { key, deviation }: GridNoiseAttributes,
): number {
  const pair = new Float64Array(2);
  try {
    fillGridNoise(key, deviation, pair, place - (place % 2));
    return values[place]! + pair[place % 2]!;
  } finally {
    pair.fill(0);
  }
}
