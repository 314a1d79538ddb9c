import { assembleBatch, elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { writeInputs } from './inputValues.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

export interface ImageDatasetOptions {
  readonly name: string;
  /** Images one after another, each in the order of `inputShape`; not copied. */
  readonly pixels: Uint8Array;
  /** Class index of each image; not copied. */
  readonly labels: ArrayLike<number>;
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  /** One unit for each image by default. */
  readonly privacyUnits?: PrivacyUnits;
}

/**
 * Images of eight bits in memory, with a class each. A pixel is read as value/255, rounded to
 * float32; a target is the class index.
 *
 * @throws RangeError if pixels, labels and shape disagree, for a label that is no index into
 *   `classNames`, and for privacy units that do not hold each row exactly once
 */
export function imageDataset(options: ImageDatasetOptions): Dataset {
  const { name, pixels, labels, inputShape, classNames, privacyUnits } = options;
  const count = labels.length;
  const length = elementCount(inputShape);
  if (pixels.length !== count * length) {
    throw new RangeError(
      `${name}: expected ${count * length} pixels (${count} images of ${inputShape.join(' × ')}), got ${pixels.length}`,
    );
  }
  for (let row = 0; row < count; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= classNames.length) {
      throw new RangeError(
        `${name}, row ${row}: expected a class index below ${classNames.length}, got ${label}`,
      );
    }
  }
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
