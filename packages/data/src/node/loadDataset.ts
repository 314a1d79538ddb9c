import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { recognizeKind, requireUsed } from './dataKinds.ts';
import type { LoadOptions } from './loadOptions.ts';

/**
 * Loads the data set at a path, of whichever kind it is. Beside the inputs of IDX are the labels,
 * in a file named `labels` for `images`; beside an `x….npy` is a `y….npy`, or labels by other usual
 * names. A table may have what is public of it in a file of its name and `.json`, as `Sidecar` has
 * it; an option that is given takes precedence.
 *
 * @throws DataError naming file, offset or row, and what was expected
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const kind = await recognizeKind(path);
  requireUsed(options, kind, path);
  const dataset = await kind.load(path, options);
  const { classNames } = dataset;
  if (classNames.length >= 2) return dataset;
  throw new DataError(
    `${path}: expected two classes or more, got ${classNames.length} (${classNames.join(', ')}); there is ` +
      'nothing to tell apart: give the number or names of all that exist, classNames (--class-count, ' +
      '--class-names), or name the folder that holds a folder for each',
  );
}

/**
 * Loads a data set whose targets are numbers and no class indices: values of a regression, [count]
 * or [count, outputs], or labels of 0 and 1, [count, labels]. They are an array of an .npz file, or
 * columns of a table, one by one or between commas: `targets: 'price'`, `targets: 'left,right'`.
 *
 * @throws DataError for other files and for a damaged one, naming file, offset or row
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
