import { assembleBatch, elementCount, requireRow } from './assembleBatch.ts';
import type { Batch, Dataset, GivenSplit } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import type { NumericArray } from './formats/npy.ts';
import { dataWarnings } from './dataWarnings.ts';
import { requireFloat32, writeInputs } from './inputValues.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';
import { rowsInMemory, type RowStore } from './rowStore.ts';

interface LabelledRows {
  readonly name: string;
  /** Class index of each row; not copied. */
  readonly labels: ArrayLike<number>;
  /** Name of the labels' file or array in messages. Default `name`. */
  readonly labelsName?: string | undefined;
  /** Default: the numbers from 0 to the greatest label, which depends on the private labels. */
  readonly classNames?: readonly string[] | undefined;
  /** Default: each row is a privacy unit. */
  readonly privacyUnits?: PrivacyUnits | undefined;
  /** Whether unsigned bytes become value/255, as for pixels; false for token ids. Default true. */
  readonly scaleBytes?: boolean | undefined;
  /** Warnings of the loader; see `Dataset.warnings`. */
  readonly warnings?: readonly string[] | undefined;
  /** The parts that the data come in. */
  readonly givenSplit?: GivenSplit | undefined;
}

export interface TableDatasetOptions extends LabelledRows {
  /** Inputs one after another, each flattened in the order of `inputShape`; not copied. */
  readonly values: NumericArray;
  readonly inputShape: readonly number[];
}

export interface StoreDatasetOptions extends LabelledRows {
  readonly rows: RowStore;
}

/**
 * Rows of numbers in memory, each with a class. Unsigned bytes are read as value/255, other numbers
 * unchanged, rounded to float32; the target is the class index.
 *
 * @throws DataError if the counts differ, a label is not a class index, or a number becomes
 *   infinite in float32 (the row is named)
 */
export function tableDataset({ values, inputShape, ...options }: TableDatasetOptions): Dataset {
  requireFloat32(values, elementCount(inputShape), options.name);
  return storeDataset({ ...options, rows: rowsInMemory(values, inputShape) });
}

/** The same for rows stored anywhere; they are read on demand. */
export function storeDataset({
  name,
  rows: store,
  labels,
  ...options
}: StoreDatasetOptions): Dataset {
  const { shape: inputShape } = store;
  const { scaleBytes = true, labelsName = name } = options;
  const count = labels.length;
  const length = elementCount(inputShape);
  if (!inputShape.every((side) => side > 0)) {
    throw new DataError(`${name}: expected inputs of a size, got [${inputShape.join(', ')}]`);
  }
  if (store.count !== count) {
    throw new DataError(
      `${name}: expected as many inputs as labels, got ${store.count} and ${count}`,
    );
  }
  const classNames = options.classNames ?? countedClasses(labels, labelsName);
  if (new Set(classNames).size !== classNames.length) {
    throw new DataError(`${name}: expected each class name once, got ${classNames.join(', ')}`);
  }
  requireLabels(labels, classNames.length, labelsName);
  if (options.privacyUnits) unitOfEachRow(options.privacyUnits, count);
  const dataset: Dataset = {
    name,
    count,
    inputShape,
    targetShape: [],
    classNames,
    classesAreCounted: options.classNames === undefined,
    bytesAreScaled: scaleBytes && store.holdsBytes,
    warnings: [...(options.warnings ?? []), ...dataWarnings({ inputShape, labels, classNames })],
    privacyUnits: options.privacyUnits ?? oneUnitPerRow(count),
    ...(options.givenSplit && { givenSplit: options.givenSplit }),
    async read(rows, readOptions = {}): Promise<Batch> {
      const wanted = Array.from(rows, (row) => requireRow(row, count));
      const values = await store.read(wanted);
      let next = 0;
      return assembleBatch(dataset, rows, readOptions, (row, inputs, offset, targets, target) => {
        writeInputs(values, next++ * length, inputs, offset, length, scaleBytes);
        targets[target] = labels[row]!;
      });
    },
  };
  return dataset;
}

/** A greater number of classes counted from the labels is taken for a mistake. */
const greatestClassCount = 65_536;

function countedClasses(labels: ArrayLike<number>, name: string): string[] {
  let greatest = -1;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!(label < greatestClassCount)) {
      throw new DataError(
        // Without the value, which is private.
        `${name}, row ${row}: expected labels below ${greatestClassCount}: are these classes? Numbers are learned ` +
          'by another task: --task regression',
      );
    }
    if (label > greatest) greatest = label;
  }
  return Array.from({ length: Math.floor(greatest) + 1 }, (_, index) => String(index));
}

// A local name: looking up a global for every row is slow where globals are intercepted.
const { isInteger } = Number;

/** @throws DataError for a label that is not a whole number below `classCount`, naming its row */
export function requireLabels(labels: ArrayLike<number>, classCount: number, name: string): void {
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!isInteger(label) || label < 0 || label >= classCount) {
      throw new DataError(
        // Without the value, which is private.
        `${name}, row ${row}: expected a class index below ${classCount}; classes are numbered from 0`,
      );
    }
  }
}
