import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { recognizeKind, requireUsed } from './dataKinds.ts';
import type { LoadOptions } from './loadOptions.ts';

/**
 * Loads the data set at a path, of any kind. IDX: the labels are in a file beside the inputs, named
 * `labels` in place of `images`. NPY: beside `x….npy` is `y….npy`, or another usual pair. Tables:
 * public facts may be in a sidecar file, whose name ends in `.json`; given options take precedence.
 *
 * @throws DataError that names the file, the offset or row, and what was expected
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const kind = await recognizeKind(path);
  requireUsed(options, kind, path);
  const dataset = await kind.load(path, options);
  const { classNames } = dataset;
  if (classNames.length >= 2) return dataset;
  throw new DataError(
    `${path}: expected two classes or more, got ${classNames.length} (${classNames.join(', ')}); there is ` +
      'nothing to classify: give the number or names of all that exist, classNames (--class-count, ' +
      '--class-names), or name the folder that holds a folder for each',
  );
}

/**
 * Loads a data set whose targets are numbers and not class indices: values of a regression, [count]
 * or [count, outputs], or labels of 0 and 1, [count, labels]. The targets are an array of an .npz
 * file, or columns of a table: `targets: 'price'`, `targets: 'left,right'`.
 *
 * @throws DataError for other kinds of files, and for a damaged one, naming the file, offset or row
 */
export async function loadNumbers(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const kind = await recognizeKind(path);
  if (!kind.loadNumbers) {
    throw new DataError(
      `${path}: targets that are numbers are read from .npz and from tables, this is ${kind.name}; save inputs and targets ` +
        'together by numpy.savez(path, x=x, y=y)',
    );
  }
  requireUsed(options, kind, path);
  return kind.loadNumbers(path, options);
}
