import { assembleBatch } from '../assembleBatch.ts';
import type { Dataset } from '../dataset.ts';
import { oneUnitPerRow } from '../privacyUnits.ts';
import { requireLabels } from '../tableDataset.ts';
import { DataError } from './dataError.ts';

const side = 32;
const planeLength = side * side;
const imageLength = 3 * planeLength;

const cifar10Classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

export interface CifarOptions {
  readonly file: string;
  /** 100: records have a coarse and a fine label, and the fine one is the class. Default 10. */
  readonly classCount?: 10 | 100 | undefined;
  readonly classNames?: readonly string[] | undefined;
}

/**
 * CIFAR-10 or CIFAR-100 binary records (Krizhevsky, cs.toronto.edu/~kriz/cifar.html): one or two
 * label bytes, then 32 × 32 red, green and blue bytes. Records are decoded when they are read.
 *
 * @throws DataError for a length of other than whole records, and a label that is no class
 */
export function cifarDataset(bytes: Uint8Array, options: CifarOptions): Dataset {
  const { file, classCount = 10 } = options;
  const labelBytes = classCount === 100 ? 2 : 1;
  const recordLength = labelBytes + imageLength;
  const count = bytes.length / recordLength;
  if (count === 0 || !Number.isInteger(count)) {
    throw new DataError(
      `${file}, offset ${recordLength * Math.floor(count)}: expected records of ${recordLength} bytes ` +
        `(CIFAR-${classCount}), got ${bytes.length} bytes`,
    );
  }
  const classNames =
    options.classNames ??
    (classCount === 10 ? cifar10Classes : Array.from({ length: 100 }, (_, i) => String(i)));
  const labels = Uint8Array.from(
    { length: count },
    (_, i) => bytes[i * recordLength + labelBytes - 1]!,
  );
  requireLabels(labels, classNames.length, file);
  return {
    name: file,
    count,
    inputShape: [side, side, 3],
    targetShape: [],
    classNames,
    privacyUnits: oneUnitPerRow(count),
    async read(rows, readOptions = {}) {
      return assembleBatch(this, rows, readOptions, (row, inputs, inputOffset, targets, target) => {
        const offset = row * recordLength + labelBytes;
        for (let pixel = 0; pixel < planeLength; pixel++) {
          for (let channel = 0; channel < 3; channel++) {
            inputs[inputOffset + 3 * pixel + channel] =
              bytes[offset + channel * planeLength + pixel]! / 255;
          }
        }
        targets[target] = labels[row]!;
      });
    },
  };
}
