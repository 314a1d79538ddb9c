import type { Dataset } from '../dataset.ts';
import { rowsInMemory, type RowStore } from '../rowStore.ts';
import { storeDataset } from '../tableDataset.ts';
import { DataError } from './dataError.ts';

const side = 32;
const planeLength = side * side;
const imageLength = 3 * planeLength;

const cifar10Classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

export interface CifarOptions {
  readonly file: string;
  /** 100: records have a coarse and a fine label, and the fine label is the class. Default 10. */
  readonly classCount?: 10 | 100 | undefined;
  readonly classNames?: readonly string[] | undefined;
}

/** The records in a CIFAR file. */
export interface CifarRecords {
  readonly count: number;
  readonly recordLength: number;
  /** Bytes before an image; the last one is the class. */
  readonly labelBytes: number;
}

/**
 * A data set of CIFAR-10 or CIFAR-100 binary records (Krizhevsky, cs.toronto.edu/~kriz/cifar.html):
 * one or two label bytes, then 32 × 32 red, green and blue bytes. Records are decoded when read.
 *
 * @throws DataError unless the length is a whole number of records and each label is a class
 */
export function cifarDataset(bytes: Uint8Array, options: CifarOptions): Dataset {
  const { count, recordLength, labelBytes } = cifarRecords(bytes.length, options);
  const labels = new Uint8Array(count);
  for (let row = 0; row < count; row++) labels[row] = bytes[row * recordLength + labelBytes - 1]!;
  return cifarOfRecords(rowsInMemory(bytes, [recordLength]), labels, options);
}

/** The number and length of the records in `length` bytes. */
export function cifarRecords(
  length: number,
  { file, classCount = 10 }: CifarOptions,
): CifarRecords {
  const labelBytes = classCount === 100 ? 2 : 1;
  const recordLength = labelBytes + imageLength;
  const count = length / recordLength;
  if (count === 0 || !Number.isInteger(count)) {
    throw new DataError(
      `${file}, offset ${recordLength * Math.floor(count)}: expected records of ${recordLength} bytes ` +
        `(CIFAR-${classCount}), got ${length} bytes`,
    );
  }
  return { count, recordLength, labelBytes };
}

/** The data set of records stored anywhere. */
export function cifarOfRecords(
  records: RowStore,
  labels: Uint8Array,
  { file, classCount = 10, classNames }: CifarOptions,
): Dataset {
  const recordLength = records.shape[0]!;
  return storeDataset({
    name: file,
    labels,
    classNames:
      classNames ??
      (classCount === 10 ? cifar10Classes : Array.from({ length: 100 }, (_, i) => String(i))),
    rows: {
      count: records.count,
      shape: [side, side, 3],
      holdsBytes: true,
      async read(rows) {
        const bytes = await records.read(rows);
        const images = new Uint8Array(rows.length * imageLength);
        for (let i = 0; i < rows.length; i++) {
          const red = (i + 1) * recordLength - imageLength;
          for (let pixel = 0; pixel < planeLength; pixel++) {
            const at = i * imageLength + 3 * pixel;
            images[at] = bytes[red + pixel]!;
            images[at + 1] = bytes[red + planeLength + pixel]!;
            images[at + 2] = bytes[red + 2 * planeLength + pixel]!;
          }
        }
        return images;
      },
    },
  });
}
