import type { RandomSource } from '@dpquant/random';
import { addGridNoise, largestWholeNumber } from './gaussianMechanism.ts';
import { unitOfSums } from './grid.ts';
import { gridDeviation } from './noiseRange.ts';
import type { ClippedSums } from './sampledStep.ts';

/** What a release is held against, and how much noise it takes. */
export interface PlannedRelease {
  readonly sensitivity: number;
  /** Standard deviation of the noise over the sensitivity. */
  readonly noiseMultiplier: number;
  /** Values that the plan pays for. */
  readonly valueCount: number;
  readonly random: RandomSource;
}

/** Values by name as one list: one noise for all of them. */
export interface FlatValues {
  readonly values: Float64Array;
  readonly lengths: ReadonlyMap<string, number>;
}

/** A copy of all sums, in their order. */
export function flattened(sums: ClippedSums['sums']): FlatValues {
  const lengths = new Map([...sums].map(([name, { length }]) => [name, length]));
  const values = new Float64Array([...lengths.values()].reduce((sum, each) => sum + each, 0));
  let place = 0;
  for (const sum of sums.values()) {
    values.set(sum, place);
    place += sum.length;
  }
  return { values, lengths };
}

/** The values by name, each scaled and once rounded to float32. */
export function decoded(
  { values, lengths }: FlatValues,
  toReal: (value: number) => number,
): Map<string, Float32Array> {
  let place = 0;
  return new Map(
    [...lengths].map(([name, length]) => {
      const own = new Float32Array(length);
      for (let i = 0; i < length; i++) own[i] = toReal(values[place++]!);
      return [name, own];
    }),
  );
}

/**
 * Holds what is to be released against the plan: on its grid, as whole numbers, and no more of them
 * than are paid for.
 *
 * @throws RangeError that names what is wrong
 */
export function checkRelease(
  values: ArrayLike<number>,
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
      `valueCount: the plan pays for ${valueCount} values, the sums have ${values.length}; plan for all of them`,
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
  if (!isBounded) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isInteger(value) && Math.abs(value) <= largestWholeNumber) continue;
    // Which one is private: it has no noise.
    throw new RangeError(
      `sums: expected whole numbers of grid units, 2^52 at most, got another number at place ${i}; ` +
        'round what each unit adds, before it is added',
    );
  }
}

/** Adds the noise of a release in place; what is random is drawn before this returns. */
export function addReleaseNoise(
  values: Float64Array,
  { noiseMultiplier, random }: Pick<PlannedRelease, 'noiseMultiplier' | 'random'>,
): Promise<void> {
  return addGridNoise(values, gridDeviation(noiseMultiplier), random);
}
