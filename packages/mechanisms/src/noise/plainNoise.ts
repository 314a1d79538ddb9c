import { fillGridNoise } from '@dpquant/random';
import type { GridNoiseAttributes } from './noiseOperations.ts';
import type { NoisyTarget } from './noisyTarget.ts';
import type { SumValues } from '../sampling/sampledStep.ts';

/** Number of values per chunk; even, since noise is drawn in pairs. */
const most = 4096;

/** Writes whole numbers with noise: the plain reference, `fillGridNoise` with the key. */
export function writePlainNoisyValues(
  from: SumValues,
  { key, deviation }: GridNoiseAttributes,
  { values, factor, divisor }: NoisyTarget,
): void {
  const noise = new Float64Array(Math.min(most, from.length));
  try {
    for (let first = 0; first < from.length; first += most) {
      const count = Math.min(most, from.length - first);
      fillGridNoise(key, deviation, noise.subarray(0, count), first);
      for (let i = 0; i < count; i++) {
        values[first + i] = ((from[first + i]! + noise[i]!) * factor) / divisor;
      }
    }
  } finally {
    noise.fill(0);
  }
}

/** One of the values with its noise; `values` are not changed. */
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
