import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { defaultUnpackedLimit } from '../formats/inflate.ts';
import { npzNumbers } from '../formats/npzNumbers.ts';
import {
  columnsOf,
  loadTable,
  recognizeKind,
  requireUsed,
  type LoadOptions,
} from './loadDataset.ts';
import { readFileWithin } from './readFileWithin.ts';

/**
 * Loads a data set whose targets are numbers and no class indices: values of a regression, [count]
 * or [count, outputs], or labels of 0 and 1, [count, labels]. They are an array of an .npz file, or
 * columns of a table, one by one or between commas: `targets: 'price'`, `targets: 'left,right'`.
 *
 * @throws DataError for other files and for a damaged one, naming file, offset or row
 */
export async function loadNumbers(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const kind = await recognizeKind(path);
  if (kind !== 'npz' && kind !== 'csv') {
    throw new DataError(
      `${path}: targets that are numbers are read from .npz and from tables, this is ${kind}; save inputs and targets ` +
        'together by numpy.savez(path, x=x, y=y)',
    );
  }
  requireUsed(options, kind, path);
  if (kind === 'csv') return loadTable(path, options, 'numbers');
  if (options.imageSize !== undefined) {
    throw new DataError(
      `${path}: imageSize is for classes of images; leave it out (--image-size), and save images of one size`,
    );
  }
  const { inputs, targets, weights, greatestWeight, classNames, scaleBytes } = options;
  const { unpackedLimit = defaultUnpackedLimit } = options;
  const bytes = await readFileWithin(path, unpackedLimit);
  return npzNumbers(bytes, {
    file: path,
    ...{ inputs, targets, weights, greatestWeight, classNames, scaleBytes, unpackedLimit },
    privacyUnit: columnsOf(options.privacyUnit),
  });
}
