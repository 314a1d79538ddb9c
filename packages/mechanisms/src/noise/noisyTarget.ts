import type { SumValues } from '../sampling/sampledStep.ts';

/**
 * The target of values with their noise: each is multiplied by `factor` and divided by `divisor`.
 */
export interface NoisyTarget {
  /** As long as the list of values; may be the same array. */
  readonly values: Float32Array | Float64Array;
  readonly factor: number;
  readonly divisor: number;
}

/** Writes values without noise. */
export function writeScaled(from: SumValues, { values, factor, divisor }: NoisyTarget): void {
  for (let i = 0; i < from.length; i++) values[i] = (from[i]! * factor) / divisor;
}

/**
 * Writes values with noise.
 *
 * @param noisy the last 32 bits of each value with its noise, which fits an int32
 */
export function writeNoisy(
  from: SumValues,
  noisy: Int32Array,
  { values, factor, divisor }: NoisyTarget,
): void {
  for (let i = 0; i < from.length; i++) {
    values[i] = (withNoise(from[i]!, noisy[i]!) * factor) / divisor;
  }
}

/** A value with its noise, from the last 32 bits of the sum. */
export function withNoise(value: number, noisy: number): number {
  return value + ((noisy - value) | 0);
}
