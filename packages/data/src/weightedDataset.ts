import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import type { NumericArray } from './formats/npy.ts';

/** Greatest weight of an example, unless another is given as public. */
export const defaultGreatestWeight = 1;

export interface ExampleWeightsOptions {
  /** Public upper bound of the weights. Default 1. */
  readonly greatestWeight?: number | undefined;
  /** Source of the weights, for messages. */
  readonly where: string;
}

// Local names: looking up a global for every row is slow where globals are intercepted.
const { fround } = Math;

/**
 * A data set with a weight for the loss of each example. A weight must be public or a function of
 * that example alone; weights are used unchanged, never normalized by a sum over examples.
 *
 * @param weights one per row; copied, so that they cannot change after the check
 * @throws DataError unless there is one weight per row, each from 0 to `greatestWeight` (the row is
 *   named)
 * @throws RangeError if `greatestWeight` is not a positive finite float32
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
    // Copied by name: getters of a class would be lost otherwise.
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

/** Whether a number is a valid weight. Both are compared as float32, to which batches round. */
export function isWeight(weight: number, greatestWeight: number): boolean {
  return typeof weight === 'number' && weight >= 0 && fround(weight) <= fround(greatestWeight);
}

/** What is expected of a weight; without its value, which is private. */
export function weightRemedy(greatestWeight: number): string {
  return (
    `expected a weight from 0 to ${greatestWeight}; divide the weights by a public number, or raise the public ` +
    'bound, greatestWeight (--greatest-weight)'
  );
}

/** What is wrong with weights that are also targets. */
export function targetsAsWeights(what: 'array' | 'column'): string {
  return `this ${what} holds targets; weights (--weights) need a separate ${what}, which may be a copy`;
}

/** @throws RangeError unless it is positive and finite in float32 */
export function requireGreatest(greatestWeight: number): void {
  // Callers without types may pass a text.
  const inFloat32 = typeof greatestWeight === 'number' ? fround(greatestWeight) : NaN;
  if (inFloat32 > 0 && inFloat32 < Infinity) return;
  throw new RangeError(
    `greatestWeight: expected a positive number within float32, got ${String(greatestWeight)}`,
  );
}

/** The weights of an array [count] or [count, 1]. */
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
