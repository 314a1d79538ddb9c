import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { defaultUnpackedLimit } from '../formats/inflate.ts';
import { labelNames, labelsOf, namesOfLabels } from '../formats/labels.ts';
import { resizedImages } from '../resizedImages.ts';
import { storeDataset } from '../tableDataset.ts';
import { columnNames, type Sidecar } from '../tables/sidecar.ts';
import type { CsvOptions } from '../tables/tableOptions.ts';
import { tableReader } from '../tables/tableReader.ts';
import type { TargetKind } from '../tables/tableTargets.ts';
import { openIdx, openNpy } from './arrayFile.ts';
import { cifarFile } from './cifarFile.ts';
import { wholeFile } from './filePieces.ts';
import { imageFolder } from './imageFolder.ts';
import { npzFile } from './npzFile.ts';
import { statOf } from './readFileWithin.ts';
import { isTableName, openTable } from './tableFile.ts';

export type DatasetKind = 'cifar' | 'csv' | 'idx' | 'image folder' | 'npy' | 'npz';

export interface LoadOptions extends Omit<CsvOptions, 'privacyUnit'> {
  /** NPZ: array of the inputs. Default x. */
  readonly inputs?: string | undefined;
  /**
   * NPZ: array of the class indices (y); tables: column of the class (class). Where targets are
   * numbers: array, or columns between commas (target).
   */
  readonly targets?: string | undefined;
  /**
   * NPZ, tables: array or column of the weight of each example's loss: public, or a function of
   * that example alone; at least 0. Default 1 each.
   */
  readonly weights?: string | undefined;
  /** Public names of the classes. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * NPZ, CSV: names of arrays or columns, separated by commas, whose combination of values is the
   * privacy unit. Image folders: a regular expression over `class/name.png`. Each row by default.
   */
  readonly privacyUnit?: string | undefined;
  /**
   * CSV: encoding of the text, as windows-1252; UTF-8 by default, and UTF-16 with its byte order
   * mark.
   */
  readonly encoding?: string | undefined;
  /**
   * NPZ, NPY, IDX: whether unsigned bytes are pixels and become value/255; false leaves them as
   * they are, for token ids. Default true.
   */
  readonly scaleBytes?: boolean | undefined;
  /** Images: resizes each to so many pixels a side. */
  readonly imageSize?: number | undefined;
  /**
   * Image folders: 1 makes each image gray, 3 coloured, by itself. As they are stored by default.
   */
  readonly imageChannels?: 1 | 3 | undefined;
  /** Image folders: whether images are turned as EXIF says, as viewers show them. Default true. */
  readonly exifRotation?: boolean | undefined;
  /** Greatest size of what is packed when it is unpacked, in bytes. Default 2 GiB. */
  readonly unpackedLimit?: number | undefined;
}

/** The kinds that an option is for, and its flag on the command line; the others are for all. */
const usesOfOption: Readonly<
  Partial<Record<keyof LoadOptions, readonly [flag: string, kinds: readonly DatasetKind[]]>>
> = {
  inputs: ['--inputs', ['npz']],
  targets: ['--targets', ['npz', 'csv']],
  privacyUnit: ['--privacy-unit', ['npz', 'csv', 'image folder']],
  weights: ['--weights', ['npz', 'csv']],
  greatestWeight: ['--greatest-weight', ['npz', 'csv']],
  categories: ['--categories', ['csv']],
  standardization: ['--standardization', ['csv']],
  drop: ['--drop', ['csv']],
  missing: ['--missing', ['csv']],
  missingValues: ['--missing-values', ['csv']],
  header: ['--no-header', ['csv']],
  columns: ['--columns', ['csv']],
  delimiter: ['--delimiter', ['csv']],
  decimalComma: ['--decimal-comma', ['csv']],
  quote: ['--quote', ['csv']],
  skipLines: ['--skip-lines', ['csv']],
  encoding: ['--encoding', ['csv']],
  replace: ['replace', ['csv']],
  fromValues: ['fromValues', ['csv']],
  scaleBytes: ['--token-ids', ['npz', 'npy', 'idx']],
  imageChannels: ['--image-channels', ['image folder']],
  exifRotation: ['--no-exif-rotation', ['image folder']],
  imageSize: ['--image-size', ['image folder', 'npz', 'npy', 'idx', 'cifar']],
};

/** The kind of data at a path, by its name. Rejects with DataError for what no loader reads. */
export async function recognizeKind(path: string): Promise<DatasetKind> {
  if ((await statOf(path)).isDirectory()) return 'image folder';
  const name = basename(path).toLowerCase();
  if (name.endsWith('.npz')) return 'npz';
  if (name.endsWith('.npy')) return 'npy';
  if (name.endsWith('.bin')) return 'cifar';
  if (/idx[1-4]-ubyte(\.gz)?$|\.idx(\.gz)?$/.test(name)) return 'idx';
  if (isTableName(name)) return 'csv';
  throw new DataError(
    `${path}: expected .npz, .npy, a table (.csv, .tsv, .data, .txt, .gz or not), CIFAR's .bin, IDX ` +
      '(…-images-idx3-ubyte[.gz]) or a folder of images; save arrays of other files by numpy.savez(path, x=x, y=y), tables by to_csv(path, index=False)',
  );
}

/**
 * Loads the data set at a path, of whichever kind it is. Beside the inputs of IDX are the labels,
 * in a file named `labels` for `images`; beside an `x….npy` is a `y….npy`, or labels by other usual
 * names; a table may have what is public of it in a file of its name and `.json`, as `Sidecar` has
 * it; an option that is given goes before.
 *
 * @throws DataError naming file, offset or row, and what was expected
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const kind = await recognizeKind(path);
  requireUsed(options, kind, path);
  const loaded = await loaders[kind](path, options);
  const { imageSize } = options;
  // Those of a folder may have any sizes, and are resized as they are decoded.
  const isResized = imageSize !== undefined && kind !== 'image folder';
  const dataset = isResized ? resizedImages(loaded, imageSize) : loaded;
  const { classNames } = dataset;
  if (classNames.length >= 2) return dataset;
  throw new DataError(
    `${path}: expected two classes or more, got ${classNames.length} (${classNames.join(', ')}); there is ` +
      'nothing to tell apart: give the number or names of all that exist, classNames (--class-count, ' +
      '--class-names), or name the folder that holds a folder for each',
  );
}

const loaders: Readonly<
  Record<DatasetKind, (path: string, options: LoadOptions) => Promise<Dataset>>
> = {
  'image folder': imageFolder,
  npz: (path, { privacyUnit, ...options }) =>
    npzFile(path, { ...options, privacyUnit: columnsOf(privacyUnit) }),
  cifar: (path, { classNames }) => cifarFile(path, classNames),
  csv: (path, options) => loadTable(path, options, 'class'),
  idx: (path, options) => arrayWithLabels(path, 'idx', options),
  npy: (path, options) => arrayWithLabels(path, 'npy', options),
};

/** The data set of a table in a file, whose rows are read one after another. */
export async function loadTable(
  path: string,
  options: LoadOptions,
  kind: TargetKind,
): Promise<Dataset> {
  const table = await openTable(path, options);
  const all = { ...table.beside, ...csvOptions(options) };
  const reader = tableReader(path, all, kind);
  await table.visit(all, reader);
  return reader.dataset();
}

/** An array, and beside it the array of its labels. */
async function arrayWithLabels(
  path: string,
  kind: 'idx' | 'npy',
  { classNames, scaleBytes, unpackedLimit: limit = defaultUnpackedLimit }: LoadOptions,
): Promise<Dataset> {
  const labelsPath = await labelsBeside(path, kind);
  const open = async (file: string) =>
    kind === 'idx' ? openIdx(file, limit) : openNpy(await wholeFile(file), file);
  const [inputs, labels] = [await open(path), await open(labelsPath)];
  const found = labelsOf(labels.shape, labels.values, inputs.shape[0] ?? 0, labelsPath);
  return storeDataset({
    name: path,
    rows: inputs.rows(),
    labels: found.labels,
    labelsName: labelsPath,
    classNames: namesOfLabels(classNames, found, labelsPath),
    scaleBytes,
  });
}

/** Refuses what would be passed over. @throws DataError that names the option and its flag */
export function requireUsed(options: LoadOptions, kind: DatasetKind, path: string): void {
  for (const [option, [flag, kinds]] of Object.entries(usesOfOption)) {
    if (options[option as keyof LoadOptions] === undefined || kinds.includes(kind)) continue;
    const remedy =
      option === 'privacyUnit'
        ? 'save its arrays and that of the unit together, by numpy.savez'
        : `leave it out (${flag})`;
    throw new DataError(
      `${path}: ${option} is for ${kinds.join(', ')}; this is ${kind}: ${remedy}`,
    );
  }
}

/** The file of the labels beside that of the inputs. Rejects with DataError if there is none. */
async function labelsBeside(path: string, kind: 'idx' | 'npy'): Promise<string> {
  const name = basename(path);
  if (kind === 'idx') {
    const labels = name.replace('images', 'labels').replace(/idx[34]/, 'idx1');
    if (labels !== name) return join(dirname(path), labels);
  }
  const expected = labelNames(name);
  if (kind === 'idx' || expected.length === 0) {
    const convention = kind === 'idx' ? '…images…' : 'x….npy, X_train.npy or images.npy';
    throw new DataError(
      `${path}: expected a name such as ${convention}, with the labels beside it`,
    );
  }
  const files = await readdir(dirname(path));
  const [labels, ...others] = expected.filter((name) => files.includes(name));
  if (others.length > 0) {
    throw new DataError(
      `${path}: expected one file of labels beside it, got ${[labels, ...others].join(', ')}: move the others away, or ` +
        'save both arrays together, by numpy.savez(path, x=x, y=y)',
    );
  }
  if (labels !== undefined) return join(dirname(path), labels);
  const several = expected.length > 1 ? `one of ${expected.join(', ')}` : expected[0];
  throw new DataError(
    `${path}: expected the labels beside it, in ${several}: there is no such file; or save both arrays together, ` +
      'by numpy.savez(path, x=x, y=y)',
  );
}

/** Names of arrays or columns between commas, if there are any. */
export const columnsOf = (names: string | undefined) =>
  names === undefined ? undefined : columnNames(names);

/** The options of a table that are given; those left out do not hide what stands beside it. */
export function csvOptions(options: LoadOptions): Sidecar {
  const { inputs, scaleBytes, imageSize, imageChannels, exifRotation, ...others } = options;
  const { unpackedLimit, privacyUnit, ...ofTables } = others;
  const all = Object.entries({ ...ofTables, privacyUnit: columnsOf(privacyUnit) });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
