import { existsSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { Dataset } from '@dpquant/data';
import { loadMnist } from '@dpquant/data/mnist';
import { loadDataset } from '@dpquant/data/node';
import { parseCategories, parseStandardization } from './dataFlags.ts';
import { didYouMean } from './suggestions.ts';
import { UsageError } from './usageError.ts';

const loaders: ReadonlyMap<string, () => Promise<Dataset> | Dataset> = new Map([
  ['mnist', loadMnist],
]);

/** Data sets that `--data` knows. */
export const dataSetNames: readonly string[] = [...loaders.keys()];

/** Which data, what of it is which, and what is public; nothing public is taken from private rows. */
export interface DataChoice {
  /** One of `dataSetNames`, or a path. */
  readonly data: string;
  /** Arrays or columns, separated by commas, or a folder's pattern. */
  readonly privacyUnit?: string | undefined;
  /** Public number of classes, where files do not name them. */
  readonly classCount?: number | undefined;
  /** Public names of the classes, separated by commas. */
  readonly classNames?: string | undefined;
  /** Array of the inputs. */
  readonly inputs?: string | undefined;
  /** Array or column of the classes. */
  readonly targets?: string | undefined;
  /** Values of columns, as `parseCategories` takes them. */
  readonly categories?: string | undefined;
  /** Mean and deviation of columns, as `parseStandardization` takes them. */
  readonly standardization?: string | undefined;
  /** Encoding of a table. */
  readonly encoding?: string | undefined;
  /** Whether unsigned bytes are token ids and not pixels. */
  readonly tokenIds?: boolean | undefined;
  /** Pixels a side of the images in a folder. */
  readonly imageSize?: number | undefined;
}

/** A known name, or the path of something that is there. */
export function dataSetNameOrPath(text: string): string {
  if (dataSetNames.includes(text) || existsSync(text)) return text;
  throw new InvalidArgumentError(
    `There is no such file or folder. Expected one of ${dataSetNames.join(', ')}, or a path.` +
      didYouMean(text, dataSetNames),
  );
}

/** Loads a known data set, or the one at a path. */
export async function loadDataSet(choice: DataChoice): Promise<Dataset> {
  const { data, categories, standardization } = choice;
  const load = loaders.get(data);
  if (load) {
    requireNoFlags(choice);
    return load();
  }
  return loadDataset(data, {
    privacyUnit: choice.privacyUnit,
    classNames: classNamesOf(choice),
    inputs: choice.inputs,
    targets: choice.targets,
    categories: categories === undefined ? undefined : parseCategories(categories),
    standardization:
      standardization === undefined ? undefined : parseStandardization(standardization),
    encoding: choice.encoding,
    scaleBytes: choice.tokenIds ? false : undefined,
    imageSize: choice.imageSize,
  });
}

function classNamesOf({ classCount, classNames }: DataChoice): readonly string[] | undefined {
  if (classNames !== undefined && classCount !== undefined) {
    throw new UsageError('class-names: these are counted; leave --class-count out');
  }
  if (classCount !== undefined) return Array.from({ length: classCount }, (_, i) => String(i));
  return classNames?.split(',').map((name) => name.trim());
}

/** A data set with a name says all that these flags are for. */
function requireNoFlags(choice: DataChoice): void {
  const { data, privacyUnit, classCount } = choice;
  if (privacyUnit !== undefined) {
    throw new UsageError(`privacy-unit: in ${data} each example is one; leave the flag out`);
  }
  if (classCount !== undefined || choice.classNames !== undefined) {
    const flag = classCount !== undefined ? 'class-count' : 'class-names';
    throw new UsageError(`${flag}: the classes of ${data} are known; leave the flag out`);
  }
  for (const [flag, value] of Object.entries({
    inputs: choice.inputs,
    targets: choice.targets,
    categories: choice.categories,
    standardization: choice.standardization,
    encoding: choice.encoding,
    'token-ids': choice.tokenIds,
    'image-size': choice.imageSize,
  })) {
    if (value !== undefined) {
      throw new UsageError(`${flag}: is for data in a file; leave the flag out for ${data}`);
    }
  }
}
