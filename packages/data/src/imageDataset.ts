import { assembleBatch, elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { writeInputs } from './inputValues.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';
import { requireLabels } from './tableDataset.ts';

export interface ImageDatasetOptions {
  readonly name: string;
  /** Images one after another, each in the order of `inputShape`; not copied. */
  readonly pixels: Uint8Array;
  /** Class index of each image; not copied. */
  readonly labels: ArrayLike<number>;
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  /** Default: each image is a privacy unit. */
  readonly privacyUnits?: PrivacyUnits;
}

/**
 * Images of 8 bits in memory, each with a class. A pixel is read as value/255, rounded to float32;
 * the target is the class index.
 *
 * @throws DataError if pixels, labels and shape disagree, or a label is not an index into
 *   `classNames`
 * @throws RangeError if the privacy units do not hold each row exactly once
 */
export function imageDataset(options: ImageDatasetOptions): Dataset {
  const { name, pixels, labels, inputShape, classNames, privacyUnits } = options;
  const count = labels.length;
  const length = elementCount(inputShape);
  if (pixels.length !== count * length) {
    throw new DataError(
      `${name}: expected ${count * length} pixels (${count} images of ${inputShape.join(' × ')}), got ${pixels.length}`,
    );
  }
  requireLabels(labels, classNames.length, name);
  if (privacyUnits) unitOfEachRow(privacyUnits, count);
  const shapes = { inputShape, targetShape: [] };
  return {
    name,
    count,
    ...shapes,
    classNames,
    bytesAreScaled: true,
    privacyUnits: privacyUnits ?? oneUnitPerRow(count),
    read: async (rows, choice = {}) =>
      assembleBatch(
        { count, ...shapes },
        rows,
        choice,
        (row, inputs, inputOffset, targets, targetOffset) => {
          writeInputs(pixels, row * length, inputs, inputOffset, length);
          targets[targetOffset] = labels[row]!;
        },
      ),
  };
}
