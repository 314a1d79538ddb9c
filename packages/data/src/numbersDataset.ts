import { assembleBatch, elementCount, requireRow } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';
import type { RowStore } from './rowStore.ts';

export interface NumbersDatasetOptions {
  readonly name: string;
  /** Inputs, read unchanged. */
  readonly rows: RowStore;
  /** Targets, read unchanged. */
  readonly targets: RowStore;
  /** Names of the targets, for reports. */
  readonly classNames: readonly string[];
  /** Default: each row is a privacy unit. */
  readonly privacyUnits?: PrivacyUnits | undefined;
  /** See `Dataset.warnings`. */
  readonly warnings: readonly string[];
}

/** A data set whose targets are numbers and not class indices; rows may be stored anywhere. */
export function numbersDataset(options: NumbersDatasetOptions): Dataset {
  const { name, rows: store, targets: targetStore, classNames, warnings } = options;
  const { count } = store;
  if (targetStore.count !== count) {
    throw new DataError(
      `${name}: expected as many inputs as targets, got ${count} and ${targetStore.count}`,
    );
  }
  if (options.privacyUnits) unitOfEachRow(options.privacyUnits, count);
  const [length, targetLength] = [store, targetStore].map(({ shape }) => elementCount(shape)) as [
    number,
    number,
  ];
  const dataset: Dataset = {
    ...{ name, count, classNames, warnings },
    inputShape: store.shape,
    targetShape: targetStore.shape,
    privacyUnits: options.privacyUnits ?? oneUnitPerRow(count),
    async read(rows, readOptions = {}) {
      const wanted = Array.from(rows, (row) => requireRow(row, count));
      const [values, goals] = await Promise.all([store.read(wanted), targetStore.read(wanted)]);
      let next = 0;
      return assembleBatch(dataset, rows, readOptions, (_, inputs, inputAt, targets, targetAt) => {
        inputs.set(values.subarray(next * length, (next + 1) * length), inputAt);
        targets.set(goals.subarray(next * targetLength, (next + 1) * targetLength), targetAt);
        next++;
      });
    },
  };
  return dataset;
}
