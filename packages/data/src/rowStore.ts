import { elementCount } from './assembleBatch.ts';
import type { NumericArray } from './formats/npy.ts';

/** Rows of numbers, accessed by row number: in memory, in a file, or decoded when read. */
export interface RowStore {
  readonly count: number;
  /** Shape of one row. */
  readonly shape: readonly number[];
  /** Whether `read` returns unsigned bytes. */
  readonly holdsBytes: boolean;
  /** Values of existing rows, one after another; the result belongs to the caller. */
  read(rows: readonly number[]): Promise<NumericArray>;
}

/** Rows of an array in memory, which is not copied. */
export function rowsInMemory(values: NumericArray, shape: readonly number[]): RowStore {
  const length = elementCount(shape);
  return {
    count: values.length / length,
    shape,
    holdsBytes: values instanceof Uint8Array,
    async read(rows) {
      const Type = values.constructor as new (length: number) => NumericArray;
      const read = new Type(rows.length * length);
      rows.forEach((row, i) => {
        read.set(values.subarray(row * length, (row + 1) * length), i * length);
      });
      return read;
    },
  };
}
