import type { RandomSource } from '@dpquant/random';
import { addGridNoise, largestWholeNumber, writeNoisyValues } from './gaussianMechanism.ts';
import { unitOfSums } from './grid.ts';
import { gridDeviation } from './noiseRange.ts';
import type { ClippedSums, SumValues } from '../sampling/sampledStep.ts';

/** The limits that a release is checked against, and its noise. */
export interface PlannedRelease {
  readonly sensitivity: number;
  /** Standard deviation of the noise divided by the sensitivity. */
  readonly noiseMultiplier: number;
  /** Number of values that the plan accounts for. */
  readonly valueCount: number;
  readonly random: RandomSource;
}

/** Values by name as one list: one noise for all of them. */
export interface FlatValues {
  readonly values: SumValues;
  readonly lengths: ReadonlyMap<string, number>;
}

/** A copy of all sums, in their order. */
export function flattened(sums: ClippedSums['sums']): FlatValues {
  const lengths = new Map([...sums].map(([name, { length }]) => [name, length]));
  const total = [...lengths.values()].reduce((sum, each) => sum + each, 0);
  const areInt32 = [...sums.values()].every((sum) => sum instanceof Int32Array);
  const values = areInt32 ? new Int32Array(total) : new Float64Array(total);
  let place = 0;
  for (const sum of sums.values()) {
    values.set(sum, place);
    place += sum.length;
  }
  return { values, lengths };
}

/**
 * The values by name with the noise of a release, each multiplied by `factor`, divided by `divisor`
 * and rounded once to float32: parts of one list. All randomness is drawn before this returns.
 *
 * @param flat used up: its values may be overwritten
 */
export async function noisyRealValues(
  { values, lengths }: FlatValues,
  { noiseMultiplier, random }: Pick<PlannedRelease, 'noiseMultiplier' | 'random'>,
  scale: { readonly factor: number; readonly divisor: number },
): Promise<Map<string, Float32Array>> {
  // int32 values are replaced in place: each one is read before it is overwritten.
  const all =
    values instanceof Int32Array
      ? new Float32Array(values.buffer, values.byteOffset, values.length)
      : new Float32Array(values.length);
  const target = { values: all, ...scale };
  await writeNoisyValues(values, gridDeviation(noiseMultiplier), random, target);
  let place = 0;
  return new Map(
    [...lengths].map(([name, length]) => {
      const own = all.subarray(place, place + length);
      place += length;
      return [name, own];
    }),
  );
}

/**
 * Checks a release against the plan: values must be whole numbers on its grid, and not more than it
 * accounts for.
 *
 * @throws RangeError that names the problem
 */
export function checkRelease(
  values: SumValues,
  found: { readonly gridUnit: number; readonly sensitivity: number },
  { sensitivity, valueCount }: PlannedRelease,
): void {
  if (found.sensitivity !== sensitivity) {
    throw new RangeError(
      `sensitivity: the plan's noise is for ${sensitivity}, the sums have ${found.sensitivity}; ` +
        "clip to the plan's clip norm",
    );
  }
  if (values.length > valueCount) {
    throw new RangeError(
      `valueCount: the plan accounts for ${valueCount} values, the sums have ${values.length}; plan for all of them`,
    );
  }
  const isBounded = sensitivity < Infinity;
  const unit = unitOfSums(sensitivity);
  if (found.gridUnit !== unit) {
    throw new RangeError(
      `gridUnit: expected ${unit}, that of ${isBounded ? `a sensitivity of ${sensitivity}` : 'real values'}, got ` +
        `${found.gridUnit}; round each unit's part to gridUnit(sensitivity)`,
    );
  }
  if (!isBounded || values instanceof Int32Array) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isInteger(value) && Math.abs(value) <= largestWholeNumber) continue;
    // The message does not show the value: it is private, without noise.
    throw new RangeError(
      `sums: expected whole numbers of grid units, 2^52 at most, got another number at place ${i}; ` +
        "round each unit's gradient before it is added",
    );
  }
}

/** Adds the noise of a release in place. All randomness is drawn before this returns. */
export function addReleaseNoise(
  values: Float64Array,
  { noiseMultiplier, random }: Pick<PlannedRelease, 'noiseMultiplier' | 'random'>,
): Promise<void> {
  return addGridNoise(values, gridDeviation(noiseMultiplier), random);
}
