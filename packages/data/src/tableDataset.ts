import { assembleBatch, elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import type { NumericArray } from './formats/npy.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

export interface TableDatasetOptions {
  readonly name: string;
  /** Inputs one after another, each in the order of `inputShape`; not copied. */
  readonly values: NumericArray;
  /** Class index of each row; not copied. */
  readonly labels: ArrayLike<number>;
  readonly inputShape: readonly number[];
  /** By default the numbers from 0 to the greatest label, which looks at the private labels. */
  readonly classNames?: readonly string[] | undefined;
  /** One unit for each row by default. */
  readonly privacyUnits?: PrivacyUnits | undefined;
}

/**
 * Rows of numbers in memory, with a class each. Unsigned bytes are read as value/255, other numbers
 * as they are, rounded to float32; a target is the class index.
 *
 * @throws DataError naming the row of a label that is no class index, and where the counts disagree
 */
export function tableDataset(options: TableDatasetOptions): Dataset {
  const { name, values, labels, inputShape } = options;
  const count = labels.length;
  const length = elementCount(inputShape);
  if (!inputShape.every((side) => side > 0)) {
    throw new DataError(`${name}: expected inputs of a size, got [${inputShape.join(', ')}]`);
  }
  if (values.length !== count * length) {
    throw new DataError(
      `${name}: expected as many inputs as labels, got ${values.length / length} and ${count}`,
    );
  }
  const classNames = options.classNames ?? countedClasses(labels, name);
  requireLabels(labels, classNames.length, name);
  if (options.privacyUnits) unitOfEachRow(options.privacyUnits, count);
  const divisor = values instanceof Uint8Array ? 255 : 1;
  return {
    name,
    count,
    inputShape,
    targetShape: [],
    classNames,
    privacyUnits: options.privacyUnits ?? oneUnitPerRow(count),
    async read(rows, readOptions = {}) {
      return assembleBatch(this, rows, readOptions, (row, inputs, inputOffset, targets, target) => {
        const offset = row * length;
        for (let i = 0; i < length; i++) inputs[inputOffset + i] = values[offset + i]! / divisor;
        targets[target] = labels[row]!;
      });
    },
  };
}

/** More classes than this, counted from labels, are taken for a mistake. */
const greatestClassCount = 65_536;

function countedClasses(labels: ArrayLike<number>, name: string): string[] {
  const greatest = Array.from(labels).reduce((most, label) => Math.max(most, label), -1);
  if (!(greatest < greatestClassCount)) {
    throw new DataError(
      `${name}: expected labels below ${greatestClassCount}, got ${greatest}; are these classes?`,
    );
  }
  return Array.from({ length: Math.floor(greatest) + 1 }, (_, index) => String(index));
}

/** @throws DataError for a label that is no whole number below `classCount`, naming its row */
export function requireLabels(labels: ArrayLike<number>, classCount: number, name: string): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= classCount) {
      throw new DataError(
        `${name}, row ${row}: expected a class index below ${classCount}, got ${label}`,
      );
    }
  }
}
