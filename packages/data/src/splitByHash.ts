import { derivePhiloxKey, philox4x32, philoxKeyFromSeed } from '@dpquant/random';
import type { Dataset } from './dataset.ts';
import { subset } from './subset.ts';

export interface SplitOptions {
  /** Fraction of the ids in the validation part, from 0 to 1. */
  readonly validationFraction: number;
  /** A whole number below 2⁵³. */
  readonly seed: number;
}

export interface Split {
  readonly training: Dataset;
  readonly validation: Dataset;
}

/**
 * Splits a data set by a hash of each privacy unit's public id; all rows of a unit go to the same
 * part, in their order. An id belongs to the validation part if its hash is at most the k-th
 * smallest hash over the *public id space*, 0 … n − 1, with k = round(validationFraction · n).
 *
 * The part of a unit therefore depends only on its id, n, the fraction and the seed, never on which
 * other units are present: adding or removing one unit moves no other (a shuffle would). If all n
 * ids are present, exactly k of them are in the validation part.
 *
 * Private training protects only the training part; validation rows are outside its guarantee.
 * Parts that the data set comes in are ignored; see `splitAsGiven`.
 *
 * @throws RangeError for a fraction outside [0, 1], an invalid seed, or an id outside the id space
 */
export function splitByHash(dataset: Dataset, options: SplitOptions): Split {
  const units = dataset.privacyUnits;
  const idSpace = units.idSpace ?? units.count;
  const validationIds = chooseValidationIds(idSpace, options);
  const training: number[] = [];
  const validation: number[] = [];
  for (let unit = 0; unit < units.count; unit++) {
    const id = units.idOf?.(unit) ?? unit;
    if (!Number.isInteger(id) || id < 0 || id >= idSpace) {
      throw new RangeError(
        `privacy unit ${unit}: expected an id below its idSpace of ${idSpace}, got ${String(id)}`,
      );
    }
    const part = validationIds.has(id) ? validation : training;
    for (const row of units.rowsOf(unit)) part.push(row);
  }
  const ascending = (a: number, b: number) => a - b;
  return {
    training: subset(dataset, training.sort(ascending)),
    validation: subset(dataset, validation.sort(ascending)),
  };
}

/** The ids in 0 … `idSpace` − 1 that belong to the validation part. */
export function chooseValidationIds(
  idSpace: number,
  { validationFraction, seed }: SplitOptions,
): ReadonlySet<number> {
  if (!(validationFraction >= 0 && validationFraction <= 1)) {
    throw new RangeError(
      `validationFraction: expected a number from 0 to 1, got ${String(validationFraction)}`,
    );
  }
  const key = derivePhiloxKey(philoxKeyFromSeed(seed), 'validation split');
  const block = new Uint32Array(4);
  const hashes = Float64Array.from({ length: idSpace }, (_, id) => {
    philox4x32(key, id, 0, 0, 0, block);
    return block[0]! * 2 ** 21 + (block[1]! >>> 11);
  });
  // Ties between hashes are broken by the id, so that exactly k are chosen.
  const byHash = Uint32Array.from({ length: idSpace }, (_, id) => id).sort(
    (a, b) => hashes[a]! - hashes[b]! || a - b,
  );
  return new Set(byHash.subarray(0, Math.round(validationFraction * idSpace)));
}
