import type { Dataset } from '../dataset.ts';
import type { PrivacyUnits } from '../privacyUnits.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { targetsAsWeights, weightedDataset, weightsOf } from '../weightedDataset.ts';
import { DataError } from './dataError.ts';
import { arrayNames, labelsOf, namesOfLabels } from './labels.ts';
import { parseNpy, type NumberTable } from './npy.ts';
import { parseNpyColumn, type NpyColumn } from './npyText.ts';
import { readZip } from './zip.ts';

export interface NpzOptions {
  readonly file: string;
  /** Array of the inputs, [count, …]. Default x, or another usual name such as X_train. */
  readonly inputs?: string | undefined;
  /**
   * Array of the class indices, [count] or [count, 1], or one-hot rows. Default y, or the name that
   * matches the inputs, such as y_train.
   */
  readonly targets?: string | undefined;
  /** Array [count] of the weight of each example's loss. Default: all 1. */
  readonly weights?: string | undefined;
  /** Public upper bound of the weights. Default 1. */
  readonly greatestWeight?: number | undefined;
  /** Public names of the classes. Default: the numbers from 0 to the greatest label. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Arrays [count] of numbers or texts whose combination is the privacy unit. Default: each row.
   */
  readonly privacyUnit?: readonly string[] | undefined;
  /** Whether unsigned bytes of the inputs become value/255. Default true. */
  readonly scaleBytes?: boolean | undefined;
  /** Greatest uncompressed size of all arrays together, in bytes. Default 2 GiB. */
  readonly unpackedLimit?: number | undefined;
}

/**
 * A data set of arrays in a NumPy .npz archive. Images [count, height, width] get a channel axis.
 * Other arrays are not decompressed.
 *
 * @throws DataError for a damaged archive or array, a missing array, or counts that differ
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
    inputShape: withChannelAxis(shape.slice(1)),
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
  /** Names of the arrays of targets. */
  readonly targets: readonly string[];
}

/**
 * The data set with the weights of an array, if one is named.
 *
 * @throws DataError if that array holds targets
 */
export function withWeightArray(
  dataset: Dataset,
  { file, weights: name, greatestWeight, targets }: WeightArrayOptions,
  read: (name: string) => NumberTable,
): Dataset {
  if (name !== undefined) {
    if (targets.includes(name))
      throw new DataError(`${file}, ${name}: ${targetsAsWeights('array')}`);
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

/** The privacy units named by arrays of an archive. */
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

/** Adds a channel axis: [height, width] becomes [height, width, 1]; other shapes are unchanged. */
export function withChannelAxis(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [...shape, 1] : shape;
}

/** The options that name arrays, and their command-line flags. */
const flags = {
  inputs: '--inputs',
  targets: '--targets',
  weights: '--weights',
  privacyUnit: '--privacy-unit',
} as const;

/**
 * The entry of an array.
 *
 * @throws DataError if the archive has no array of that name
 */
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

/**
 * Number of rows of the inputs.
 *
 * @throws DataError unless the shape is [count, …]
 */
export function requireInputs(shape: readonly number[], where: string): number {
  const count = shape[0];
  if (count !== undefined && shape.length > 1) return count;
  throw new DataError(
    `${where}: expected inputs [count, …], got [${shape.join(', ')}]; save x[:, None] for one number a row`,
  );
}

/** @throws DataError unless there is one value per row */
function requireColumn(shape: readonly number[], count: number, where: string): void {
  const [rows, width = 1, ...others] = shape;
  if (rows === count && width === 1 && others.length === 0) return;
  throw new DataError(
    `${where}: expected [${count}], got [${shape.join(', ')}]; each row of the inputs needs one`,
  );
}
