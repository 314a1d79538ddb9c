import type { Dataset } from '../dataset.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { DataError } from './dataError.ts';
import { parseNpy, type NumberTable } from './npy.ts';
import { readZip, type ZipEntries } from './zip.ts';

export interface NpzOptions {
  readonly file: string;
  /** Array of the inputs, [count, …]. Default x. */
  readonly inputs?: string | undefined;
  /** Array of the class indices, [count]. Default y. */
  readonly targets?: string | undefined;
  /** Public; by default the numbers from 0 to the greatest label. */
  readonly classNames?: readonly string[] | undefined;
  /** Arrays [count] whose combination of values is the privacy unit; each row by default. */
  readonly privacyUnit?: readonly string[] | undefined;
  /** Greatest size of all arrays together, in bytes. */
  readonly unpackedLimit?: number | undefined;
}

/**
 * A data set of arrays in a NumPy .npz archive. Images [count, height, width] get a channel. Arrays
 * that are not named are not unpacked.
 *
 * @throws DataError for a damaged archive or array, a missing one, and counts that disagree
 */
export function npzDataset(bytes: Uint8Array, options: NpzOptions): Dataset {
  const { file, inputs = 'x', targets = 'y', privacyUnit, classNames } = options;
  const entries = readZip(bytes, file, options.unpackedLimit);
  const input = readArray(entries, inputs, file);
  const count = input.shape[0];
  if (count === undefined || input.shape.length < 2) {
    throw new DataError(`${file}, ${inputs}: expected [count, …], got [${input.shape.join(', ')}]`);
  }
  const readColumn = (name: string) => {
    const { shape, values } = readArray(entries, name, file);
    if (shape.length !== 1 || shape[0] !== count) {
      throw new DataError(`${file}, ${name}: expected [${count}], got [${shape.join(', ')}]`);
    }
    return values;
  };
  return tableDataset({
    name: file,
    values: input.values,
    labels: readColumn(targets),
    inputShape: withChannel(input.shape.slice(1)),
    classNames,
    privacyUnits: privacyUnit && unitsByValue(privacyUnit.map(readColumn), count),
  });
}

/** Images [height, width] as [height, width, 1]; other shapes as they are. */
export function withChannel(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [...shape, 1] : shape;
}

function readArray(entries: ZipEntries, name: string, file: string): NumberTable {
  const read = entries.get(`${name}.npy`);
  if (!read) {
    const names = [...entries.keys()].slice(0, 20).map((entry) => entry.replace(/\.npy$/, ''));
    throw new DataError(`${file}: expected an array ${name}, got ${names.join(', ') || 'none'}`);
  }
  return parseNpy(read(), `${file}, ${name}`);
}
