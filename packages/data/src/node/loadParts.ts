import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { defaultUnpackedLimit } from '../formats/inflate.ts';
import { npzParts, type NamedArray, type NamedTargets } from '../formats/npzParts.ts';
import type { LoadOptions } from './loadOptions.ts';
import { readFileWithin } from './readFileWithin.ts';

/** The arrays of a model's inputs and outputs. */
export interface NamedArrays {
  readonly inputs: readonly NamedArray[];
  readonly targets: readonly NamedTargets[];
}

/**
 * Loads a data set of an .npz file with several inputs, several targets, or both; see `npzParts`.
 *
 * @throws DataError for other kinds of files, and for a damaged one, naming the file, offset or row
 */
export async function loadParts(
  path: string,
  { inputs, targets }: NamedArrays,
  options: Omit<LoadOptions, 'inputs' | 'targets'> = {},
): Promise<Dataset> {
  if (!path.toLowerCase().endsWith('.npz')) {
    throw new DataError(
      `${path}: several inputs or targets are read from .npz; save all of them together by ` +
        'numpy.savez(path, image=…, age=…), images and columns of tables too',
    );
  }
  const unused = Object.entries(options).find(
    ([name, value]) => value !== undefined && !used.has(name),
  );
  if (unused) throw new DataError(`${path}: ${unused[0]} is not for .npz; leave it out`);
  const { classNames, scaleBytes, privacyUnit, weights, greatestWeight } = options;
  const { unpackedLimit = defaultUnpackedLimit } = options;
  const bytes = await readFileWithin(path, unpackedLimit);
  return npzParts(bytes, {
    file: path,
    ...{ inputs, targets, weights, greatestWeight, classNames, scaleBytes, unpackedLimit },
    privacyUnit: privacyUnit?.split(',').map((name) => name.trim()),
  });
}

const used = new Set<string>([
  ...['classNames', 'scaleBytes', 'privacyUnit', 'weights', 'greatestWeight', 'unpackedLimit'],
]);
