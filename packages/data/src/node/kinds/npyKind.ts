import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../../formats/dataError.ts';
import { labelNames } from '../../formats/labels.ts';
import { openNpy } from '../arrayFile.ts';
import { arrayWithLabels } from '../arrayWithLabels.ts';
import type { DataKind } from '../dataKind.ts';
import { wholeFile } from '../filePieces.ts';

/** An array saved by numpy.save, with the array of its labels beside it. */
export const npyKind: DataKind = {
  name: 'npy',
  expected: '.npy',
  recognizes: (name, isFolder) => !isFolder && name.endsWith('.npy'),
  options: ['scaleBytes', 'imageSize'],
  load: async (path, options) =>
    arrayWithLabels(path, await labelsBeside(path), options, async (file) =>
      openNpy(await wholeFile(file), file),
    ),
};

/**
 * The file of the labels beside that of the inputs.
 *
 * @throws DataError if there is none
 */
async function labelsBeside(path: string): Promise<string> {
  const expected = labelNames(basename(path));
  if (expected.length === 0) {
    throw new DataError(
      `${path}: expected a name such as x….npy, X_train.npy or images.npy, with the labels beside it`,
    );
  }
  const files = await readdir(dirname(path));
  const [labels, ...others] = expected.filter((name) => files.includes(name));
  if (others.length > 0) {
    throw new DataError(
      `${path}: expected one file of labels beside it, got ${[labels, ...others].join(', ')}: move the others away, or ` +
        'save both arrays together, by numpy.savez(path, x=x, y=y)',
    );
  }
  if (labels !== undefined) return join(dirname(path), labels);
  const several = expected.length > 1 ? `one of ${expected.join(', ')}` : expected[0];
  throw new DataError(
    `${path}: expected the labels beside it, in ${several}: there is no such file; or save both arrays together, ` +
      'by numpy.savez(path, x=x, y=y)',
  );
}
