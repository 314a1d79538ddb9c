import { assembleBatch, elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

/** Numbers one after another: a typed array, or any object with the same reading methods. */
export type Numbers = ArrayLike<number> & {
  subarray(start: number, end: number): ArrayLike<number>;
};

export interface ArrayDatasetOptions {
  readonly name: string;
  /** Inputs one after another, each flattened in the order of `inputShape`; not copied. */
  readonly inputs: Numbers;
  readonly inputShape: readonly number[];
  /** Targets one after another, each flattened in the order of `targetShape`; not copied. */
  readonly targets: Numbers;
  /** Shape of one target; [] for a single number. */
  readonly targetShape: readonly number[];
  /** Names of classes or labels, for reports. Default none. */
  readonly classNames?: readonly string[] | undefined;
  /** Default: each row is a privacy unit. */
  readonly privacyUnits?: PrivacyUnits | undefined;
}

/**
 * A data set of typed arrays in memory, with targets of any shape. Values are rounded to float32
 * and otherwise unchanged: bytes are not divided by 255.
 *
 * @throws DataError if the numbers of inputs and targets differ
 * @throws RangeError if the privacy units do not hold each row exactly once
 */
export function arrayDataset({
  name,
  inputs,
  inputShape,
  targets,
  targetShape,
  classNames = [],
  privacyUnits,
}: ArrayDatasetOptions): Dataset {
  const inputLength = elementCount(inputShape);
  const targetLength = elementCount(targetShape);
  const count = inputs.length / inputLength;
  if (!Number.isInteger(count) || targets.length !== count * targetLength) {
    throw new DataError(
      `${name}: expected as many inputs of [${inputShape.join(', ')}] as targets of [${targetShape.join(', ')}], ` +
        `got ${inputs.length} and ${targets.length} numbers`,
    );
  }
  if (privacyUnits) unitOfEachRow(privacyUnits, count);
  const dataset: Dataset = {
    name,
    count,
    inputShape,
    targetShape,
    classNames,
    privacyUnits: privacyUnits ?? oneUnitPerRow(count),
    async read(rows, options = {}) {
      return assembleBatch(dataset, rows, options, (row, input, inputAt, target, targetAt) => {
        input.set(inputs.subarray(row * inputLength, (row + 1) * inputLength), inputAt);
        target.set(targets.subarray(row * targetLength, (row + 1) * targetLength), targetAt);
      });
    },
  };
  return dataset;
}
