import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Dataset } from '@dpquant/data';
import { loadMnist } from '@dpquant/data/mnist';
import { loadDataset, recognizeKind } from '@dpquant/data/node';
import { UsageError } from './usageError.ts';

const loaders: ReadonlyMap<string, () => Promise<Dataset> | Dataset> = new Map([
  ['mnist', loadMnist],
]);

/** Data sets that `--data` knows. */
export const dataSetNames: readonly string[] = [...loaders.keys()];

/** Which data, and what of it is one privacy unit and public. */
export interface DataChoice {
  /** One of `dataSetNames`, or a path. */
  readonly data: string;
  /** Arrays or columns, separated by commas, or a folder's pattern. */
  readonly privacyUnit?: string | undefined;
  /** Public number of classes, where files do not name them. */
  readonly classCount?: number | undefined;
}

/** A known name, or the path of something that is there. */
export function dataSetNameOrPath(text: string): string {
  if (dataSetNames.includes(text) || existsSync(text)) return text;
  throw new InvalidArgumentError(
    `Expected one of ${dataSetNames.join(', ')}, or the path of a file or folder.`,
  );
}

/** Loads a known data set, or the one at a path. */
export async function loadDataSet({ data, privacyUnit, classCount }: DataChoice): Promise<Dataset> {
  const load = loaders.get(data);
  if (!load) {
    const classNames =
      classCount === undefined
        ? undefined
        : Array.from({ length: classCount }, (_, i) => String(i));
    return loadDataset(data, { privacyUnit, classNames });
  }
  if (privacyUnit !== undefined) {
    throw new UsageError(`privacy-unit: in ${data} each example is one; leave the flag out`);
  }
  if (classCount !== undefined) {
    throw new UsageError(`class-count: the classes of ${data} are known; leave the flag out`);
  }
  return load();
}

/** Whether the number of classes is taken from the private labels, which no guarantee covers. */
export async function classesAreCounted({ data, classCount }: DataChoice): Promise<boolean> {
  if (loaders.has(data) || classCount !== undefined) return false;
  const kind = await recognizeKind(data);
  // What stands beside a table may name its classes.
  if (kind === 'csv') return !existsSync(`${data}.json`);
  return ['npz', 'npy', 'idx'].includes(kind);
}
