import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import type { NumericArray } from './formats/npy.ts';

/** What an example may weigh at most, unless a greater weight is given as public. */
export const defaultGreatestWeight = 1;

export interface ExampleWeightsOptions {
  /** Public: no weight may be above it. Default 1. */
  readonly greatestWeight?: number | undefined;
  /** Where the weights are from, for messages. */
  readonly where: string;
}

// Local names: looking up a global for every row is slow where globals are intercepted.
const { fround } = Math;

/**
 * A data set with a weight for the loss of each example. A weight is public, or a function of that
 * example alone: none is changed by what others weigh, and no sum of them is ever taken.
 *
 * @param weights of each row; copied, so that none is changed after it was checked
 * @throws DataError for another number of weights than rows, and for one that is not from 0 to
 *   `greatestWeight`, naming its row
 * @throws RangeError for a greatest weight that is no positive number within float32
 */
export function weightedDataset(
  dataset: Dataset,
  weights: ArrayLike<number>,
  { greatestWeight = defaultGreatestWeight, where }: ExampleWeightsOptions,
): Dataset {
  requireGreatest(greatestWeight);
  if (weights.length !== dataset.count) {
    throw new DataError(
      `${where}: expected a weight for each of ${dataset.count} rows, got ${weights.length}`,
    );
  }
  for (let row = 0; row < weights.length; row++) {
    if (isWeight(weights[row]!, greatestWeight)) continue;
    throw new DataError(`${where}, row ${row}: ${weightRemedy(greatestWeight)}`);
  }
  const ofRows = Float32Array.from(weights);
  const { name, count, inputShape, targetShape, classNames, privacyUnits } = dataset;
  return {
    ...dataset,
    // Where a class has them as getters, which are not copied.
    ...{ name, count, inputShape, targetShape, classNames, privacyUnits },
    greatestWeight,
    async read(rows, options) {
      const batch = await dataset.read(rows, options);
      const ofExamples = new Float32Array(batch.size);
      for (let i = 0; i < rows.length; i++) ofExamples[i] = ofRows[rows[i]!]!;
      return { ...batch, weights: ofExamples };
    },
  };
}

/**
 * Whether a number can be the weight of an example. Both are compared as float32, which batches
 * have: 0.1 is a greater number there, also where it is the greatest weight.
 */
export function isWeight(weight: number, greatestWeight: number): boolean {
  return typeof weight === 'number' && weight >= 0 && fround(weight) <= fround(greatestWeight);
}

/** What is expected of a weight; without its value, which is private. */
export function weightRemedy(greatestWeight: number): string {
  return (
    `expected a weight from 0 to ${greatestWeight}; divide the weights by a public number, or give the greatest that ` +
    'there may be, which is public: greatestWeight (--greatest-weight)'
  );
}

/** What is wrong with weights that are targets as well. */
export function secondUse(what: 'array' | 'column'): string {
  return `this ${what} holds targets; expected weights (--weights) in one of their own, if need be a copy of it`;
}

/** @throws RangeError unless it is a positive number, in float32 too */
export function requireGreatest(greatestWeight: number): void {
  // A text is no number in a program without types either.
  const inFloat32 = typeof greatestWeight === 'number' ? fround(greatestWeight) : NaN;
  if (inFloat32 > 0 && inFloat32 < Infinity) return;
  throw new RangeError(
    `greatestWeight: expected a positive number within float32, got ${String(greatestWeight)}`,
  );
}

/** The one weight of each row out of an array [count] or [count, 1]. */
export function weightsOf(
  { shape, values }: { readonly shape: readonly number[]; readonly values: NumericArray },
  count: number,
  where: string,
): NumericArray {
  const [rows, width = 1, ...others] = shape;
  if (rows === count && width === 1 && others.length === 0) return values;
  throw new DataError(
    `${where}: expected weights [${count}], one for each row of the inputs, got [${shape.join(', ')}]`,
  );
}
