import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { defaultUnpackedLimit } from '../formats/inflate.ts';
import { npzNumbers } from '../formats/npzNumbers.ts';
import type { LoadOptions } from './loadDataset.ts';
import { readFileWithin } from './readFileWithin.ts';

/**
 * Loads a data set whose targets are numbers and no class indices, of an .npz file: values of a
 * regression, [count] or [count, outputs], or labels of 0 and 1, [count, labels].
 *
 * @throws DataError for other files and for a damaged one, naming file, offset or row
 */
export async function loadNumbers(path: string, options: LoadOptions = {}): Promise<Dataset> {
  if (!path.toLowerCase().endsWith('.npz')) {
    throw new DataError(
      `${path}: targets that are numbers are read from .npz; save inputs and targets together by ` +
        'numpy.savez(path, x=x, y=y)',
    );
  }
  const { inputs, targets, classNames, scaleBytes, privacyUnit } = options;
  const unused = Object.entries(options).find(
    ([name, value]) => value !== undefined && !used.has(name),
  );
  if (unused) throw new DataError(`${path}: ${unused[0]} is not for .npz; leave it out`);
  const { unpackedLimit = defaultUnpackedLimit } = options;
  const bytes = await readFileWithin(path, unpackedLimit);
  return npzNumbers(bytes, {
    file: path,
    ...{ inputs, targets, classNames, scaleBytes, unpackedLimit },
    privacyUnit: privacyUnit?.split(',').map((name) => name.trim()),
  });
}

const used = new Set<string>([
  ...['inputs', 'targets', 'classNames', 'scaleBytes', 'privacyUnit', 'unpackedLimit'],
]);
