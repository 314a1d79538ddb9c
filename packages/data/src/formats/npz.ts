import type { Dataset } from '../dataset.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { DataError } from './dataError.ts';
import { parseNpy } from './npy.ts';
import { readZip } from './zip.ts';

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
  const readArray = (name: string) =>
    parseNpy(requireArray(entries, name, file)(), `${file}, ${name}`);
  const { shape, values } = readArray(inputs);
  const count = requireInputs(shape, `${file}, ${inputs}`);
  const readColumn = (name: string) => {
    const column = readArray(name);
    requireColumn(column.shape, count, `${file}, ${name}`);
    return column.values;
  };
  return tableDataset({
    name: file,
    values,
    labels: readColumn(targets),
    inputShape: withChannel(shape.slice(1)),
    classNames,
    privacyUnits: privacyUnit && unitsByValue(privacyUnit.map(readColumn), count),
  });
}

/** Images [height, width] as [height, width, 1]; other shapes as they are. */
export function withChannel(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [...shape, 1] : shape;
}

/** The entry of an array. Throws DataError if the archive has none of that name. */
export function requireArray<T>(entries: ReadonlyMap<string, T>, name: string, file: string): T {
  const entry = entries.get(`${name}.npy`);
  if (entry) return entry;
  const names = [...entries.keys()].slice(0, 20).map((known) => known.replace(/\.npy$/, ''));
  throw new DataError(`${file}: expected an array ${name}, got ${names.join(', ') || 'none'}`);
}

/** Number of rows of the inputs. Throws DataError for a shape of other than rows. */
export function requireInputs(shape: readonly number[], where: string): number {
  const count = shape[0];
  if (count !== undefined && shape.length > 1) return count;
  throw new DataError(`${where}: expected [count, …], got [${shape.join(', ')}]`);
}

/** Throws DataError unless there is one value a row. */
export function requireColumn(shape: readonly number[], count: number, where: string): void {
  if (shape.length === 1 && shape[0] === count) return;
  throw new DataError(`${where}: expected [${count}], got [${shape.join(', ')}]`);
}
