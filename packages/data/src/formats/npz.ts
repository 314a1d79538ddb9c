import type { Dataset } from '../dataset.ts';
import type { PrivacyUnits } from '../privacyUnits.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { secondUse, weightedDataset, weightsOf } from '../weightedDataset.ts';
import { DataError } from './dataError.ts';
import { arrayNames, labelsOf, namesOfLabels } from './labels.ts';
import { parseNpy, type NumberTable } from './npy.ts';
import { parseNpyColumn, type NpyColumn } from './npyText.ts';
import { readZip } from './zip.ts';

export interface NpzOptions {
  readonly file: string;
  /** Array of the inputs, [count, …]. Default x, or another usual name, as X_train. */
  readonly inputs?: string | undefined;
  /**
   * Array of the class indices, [count] or [count, 1], or of zeros and a one in each row. Default
   * y, or what suits the name of the inputs, as y_train.
   */
  readonly targets?: string | undefined;
  /** Array [count] of the weight of each example's loss. Default 1 each. */
  readonly weights?: string | undefined;
  /** Public: no weight may be above it. Default 1. */
  readonly greatestWeight?: number | undefined;
  /** Public; by default the numbers from 0 to the greatest label. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Arrays [count] of numbers or texts whose combination is the privacy unit; each row by default.
   */
  readonly privacyUnit?: readonly string[] | undefined;
  /** Whether unsigned bytes of the inputs become value/255; true by default. */
  readonly scaleBytes?: boolean | undefined;
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
  const { file, privacyUnit, scaleBytes } = options;
  const entries = readZip(bytes, file, options.unpackedLimit);
  const { inputs, targets, warnings } = arrayNames(namesOf(entries), options);
  const bytesOf = (name: string, option: keyof typeof flags) =>
    requireArray(entries, name, file, option)();
  const { shape, values } = parseNpy(bytesOf(inputs, 'inputs'), `${file}, ${inputs}`);
  const count = requireInputs(shape, `${file}, ${inputs}`);
  const where = `${file}, ${targets}`;
  const table = parseNpy(bytesOf(targets, 'targets'), where);
  const labels = labelsOf(table.shape, () => table.values, count, where);
  const dataset = tableDataset({
    name: file,
    values,
    labels: labels.labels,
    labelsName: where,
    inputShape: withChannel(shape.slice(1)),
    classNames: namesOfLabels(options.classNames, labels, where),
    warnings,
    privacyUnits: unitsOfArrays(privacyUnit, count, file, (name) =>
      parseNpyColumn(bytesOf(name, 'privacyUnit'), `${file}, ${name}`),
    ),
    scaleBytes,
  });
  return withWeightArray(dataset, { ...options, targets: [targets] }, (name) =>
    parseNpy(bytesOf(name, 'weights'), `${file}, ${name}`),
  );
}

interface WeightArrayOptions extends Pick<NpzOptions, 'weights' | 'greatestWeight' | 'file'> {
  /** Names of their arrays. */
  readonly targets: readonly string[];
}

/**
 * The data set with the weights that an array has, where one is named.
 *
 * @throws DataError for an array of targets
 */
export function withWeightArray(
  dataset: Dataset,
  { file, weights: name, greatestWeight, targets }: WeightArrayOptions,
  read: (name: string) => NumberTable,
): Dataset {
  if (name !== undefined) {
    if (targets.includes(name)) throw new DataError(`${file}, ${name}: ${secondUse('array')}`);
    const where = `${file}, ${name}`;
    const weights = weightsOf(read(name), dataset.count, where);
    return weightedDataset(dataset, weights, { greatestWeight, where });
  }
  if (greatestWeight === undefined) return dataset;
  throw new DataError(
    `${file}: greatestWeight (--greatest-weight) is for an array of weights; name it: weights (--weights)`,
  );
}

/** Names of the arrays in an archive. */
export function namesOf(entries: ReadonlyMap<string, unknown>): string[] {
  return [...entries.keys()].map((name) => name.replace(/\.npy$/, ''));
}

/** The privacy units that arrays of an archive name. */
export function unitsOfArrays(
  names: readonly string[] | undefined,
  count: number,
  file: string,
  read: (name: string) => NpyColumn,
): PrivacyUnits | undefined {
  if (!names) return undefined;
  const columns = names.map((name) => {
    const { shape, values } = read(name);
    requireColumn(shape, count, `${file}, ${name}`);
    return values;
  });
  return {
    ...unitsByValue(columns, count, `${file}, ${names.join(', ')}`),
    name: names.join(','),
  };
}

/** Images [height, width] as [height, width, 1]; other shapes as they are. */
export function withChannel(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [...shape, 1] : shape;
}

/** The options that name arrays, and their flags on the command line. */
const flags = {
  inputs: '--inputs',
  targets: '--targets',
  weights: '--weights',
  privacyUnit: '--privacy-unit',
} as const;

/** The entry of an array. Throws DataError if the archive has none of that name. */
export function requireArray<T>(
  entries: ReadonlyMap<string, T>,
  name: string,
  file: string,
  option: keyof typeof flags,
): T {
  const entry = entries.get(`${name}.npy`);
  if (entry) return entry;
  const names = namesOf(entries).slice(0, 20);
  throw new DataError(
    `${file}: expected an array ${name}, got ${names.join(', ') || 'none'}; ` +
      `name one of them as ${option} (${flags[option]})`,
  );
}

/** Number of rows of the inputs. Throws DataError for a shape of other than rows. */
export function requireInputs(shape: readonly number[], where: string): number {
  const count = shape[0];
  if (count !== undefined && shape.length > 1) return count;
  throw new DataError(
    `${where}: expected inputs [count, …], got [${shape.join(', ')}]; save x[:, None] for one number a row`,
  );
}

/** Throws DataError unless there is one value a row. */
function requireColumn(shape: readonly number[], count: number, where: string): void {
  const [rows, width = 1, ...others] = shape;
  if (rows === count && width === 1 && others.length === 0) return;
  throw new DataError(
    `${where}: expected [${count}], got [${shape.join(', ')}]; each row of the inputs needs one`,
  );
}
