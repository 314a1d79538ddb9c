import { DataError } from '../../formats/dataError.ts';
import { defaultUnpackedLimit } from '../../formats/inflate.ts';
import { npzNumbers } from '../../formats/npzNumbers.ts';
import { resizedTo } from '../../resizedImages.ts';
import type { DataKind } from '../dataKind.ts';
import { columnsOf } from '../loadOptions.ts';
import { npzFile } from '../npzFile.ts';
import { readFileWithin } from '../readFileWithin.ts';

/** Arrays saved together by numpy.savez. */
export const npzKind: DataKind = {
  name: 'npz',
  expected: '.npz',
  recognizes: (name, isFolder) => !isFolder && name.endsWith('.npz'),
  options: [
    ...(['inputs', 'targets', 'weights', 'greatestWeight', 'privacyUnit'] as const),
    ...(['scaleBytes', 'imageSize'] as const),
  ],
  async load(path, { privacyUnit, imageSize, ...options }) {
    const dataset = await npzFile(path, { ...options, privacyUnit: columnsOf(privacyUnit) });
    return resizedTo(dataset, imageSize);
  },
  async loadNumbers(path, options) {
    if (options.imageSize !== undefined) {
      throw new DataError(
        `${path}: imageSize is for classes of images; leave it out (--image-size), and save images of one size`,
      );
    }
    const { inputs, targets, weights, greatestWeight, classNames, scaleBytes } = options;
    const { unpackedLimit = defaultUnpackedLimit } = options;
    return npzNumbers(await readFileWithin(path, unpackedLimit), {
      file: path,
      ...{ inputs, targets, weights, greatestWeight, classNames, scaleBytes, unpackedLimit },
      privacyUnit: columnsOf(options.privacyUnit),
    });
  },
};
