import { basename, dirname, join } from 'node:path';
import { DataError } from '../../formats/dataError.ts';
import { defaultUnpackedLimit } from '../../formats/inflate.ts';
import { openIdx } from '../arrayFile.ts';
import { arrayWithLabels } from '../arrayWithLabels.ts';
import type { DataKind } from '../dataKind.ts';

/** Files in MNIST's format, compressed or not. */
export const idxKind: DataKind = {
  name: 'idx',
  expected: 'IDX (…-images-idx3-ubyte[.gz])',
  recognizes: (name, isFolder) => !isFolder && /idx[1-4]-ubyte(\.gz)?$|\.idx(\.gz)?$/.test(name),
  options: ['scaleBytes', 'imageSize'],
  async load(path, options) {
    const { unpackedLimit = defaultUnpackedLimit } = options;
    return arrayWithLabels(path, labelsBeside(path), options, async (file) =>
      openIdx(file, unpackedLimit),
    );
  },
};

/** The file of the labels that belong to the images. */
function labelsBeside(path: string): string {
  const name = basename(path);
  const labels = name.replace('images', 'labels').replace(/idx[34]/, 'idx1');
  if (labels !== name) return join(dirname(path), labels);
  throw new DataError(`${path}: expected a name such as …images…, with the labels beside it`);
}
