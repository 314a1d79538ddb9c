import { basename, dirname, join } from 'node:path';
import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { defaultUnpackedLimit } from '../formats/inflate.ts';
import { storeDataset } from '../tableDataset.ts';
import { openIdx, openNpy } from './arrayFile.ts';
import { cifarFile } from './cifarFile.ts';
import { csvTable, type CsvOptions } from './csvTable.ts';
import { wholeFile } from './filePieces.ts';
import { imageFolder } from './imageFolder.ts';
import { npzFile } from './npzFile.ts';
import { readFileWithin, statOf } from './readFileWithin.ts';

/** A table is in memory as text, then as numbers; larger ones are better saved as NPY. */
const greatestTable = 2 ** 28;

export type DatasetKind = 'cifar' | 'csv' | 'idx' | 'image folder' | 'npy' | 'npz';

export interface LoadOptions extends Pick<CsvOptions, 'categories' | 'standardization'> {
  /** NPZ: array of the inputs. Default x. */
  readonly inputs?: string | undefined;
  /** NPZ: array of the class indices (y); CSV: column of the class (class). */
  readonly targets?: string | undefined;
  /** Public names of the classes. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * NPZ, CSV: names of arrays or columns, separated by commas, whose combination of values is the
   * privacy unit. Image folders: a regular expression over `class/name.png`. Each row by default.
   */
  readonly privacyUnit?: string | undefined;
  /** Image folders: resizes each image to so many pixels a side. */
  readonly imageSize?: number | undefined;
  /** Greatest size of what is packed when it is unpacked, in bytes. Default 2 GiB. */
  readonly unpackedLimit?: number | undefined;
}

/** The kinds that an option is for; the others are for all. */
const kindsOfOption: Readonly<Partial<Record<keyof LoadOptions, readonly DatasetKind[]>>> = {
  inputs: ['npz'],
  targets: ['npz', 'csv'],
  privacyUnit: ['npz', 'csv', 'image folder'],
  categories: ['csv'],
  standardization: ['csv'],
  imageSize: ['image folder'],
};

/** The kind of data at a path, by its name. Rejects with DataError for what no loader reads. */
export async function recognizeKind(path: string): Promise<DatasetKind> {
  if ((await statOf(path)).isDirectory()) return 'image folder';
  const name = basename(path).toLowerCase();
  if (name.endsWith('.npz')) return 'npz';
  if (name.endsWith('.npy')) return 'npy';
  if (name.endsWith('.csv')) return 'csv';
  if (name.endsWith('.bin')) return 'cifar';
  if (/idx[1-4]-ubyte(\.gz)?$|\.idx(\.gz)?$/.test(name)) return 'idx';
  throw new DataError(
    `${path}: expected .npz, .npy, .csv, CIFAR's .bin, IDX (…-images-idx3-ubyte[.gz]) or a folder of images`,
  );
}

/**
 * Loads the data set at a path, of whichever kind it is. Beside the inputs of IDX are the labels, in
 * a file named `labels` for `images`; beside an `x….npy` is a `y….npy`; a CSV may have its public
 * `categories`, `standardization`, `targets` and `classNames` in a file of its name and `.json`.
 *
 * @throws DataError naming file, offset or row, and what was expected
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const kind = await recognizeKind(path);
  const { classNames, privacyUnit, unpackedLimit: limit = defaultUnpackedLimit } = options;
  requireUsed(options, kind, path);
  if (kind === 'image folder') return imageFolder(path, options);
  const columns = privacyUnit?.split(',').map((name) => name.trim());
  if (kind === 'npz') return npzFile(path, { ...options, privacyUnit: columns });
  if (kind === 'csv') {
    const beside = await besideTable(path);
    const text = new TextDecoder().decode(await readFileWithin(path, greatestTable));
    return csvTable(text, path, { ...beside, ...given(options), privacyUnit: columns });
  }
  if (kind === 'cifar') return cifarFile(path, classNames);
  const labelsPath = labelsBeside(path, kind);
  const open = async (file: string) =>
    kind === 'idx' ? openIdx(file, limit) : openNpy(await wholeFile(file), file);
  const [inputs, labels] = [await open(path), await open(labelsPath)];
  if (labels.shape.length !== 1 || labels.shape[0] !== inputs.shape[0]) {
    throw new DataError(
      `${labelsPath}: expected labels [${inputs.shape[0]}], got [${labels.shape.join(', ')}]`,
    );
  }
  return storeDataset({
    name: path,
    rows: inputs.rows(),
    labels: labels.values(),
    classNames,
  });
}

/** Refuses what would be passed over. */
function requireUsed(options: LoadOptions, kind: DatasetKind, path: string): void {
  for (const [option, kinds] of Object.entries(kindsOfOption)) {
    if (options[option as keyof LoadOptions] === undefined || kinds.includes(kind)) continue;
    throw new DataError(`${path}: ${option} is for ${kinds.join(', ')}; this is ${kind}`);
  }
}

function labelsBeside(path: string, kind: 'idx' | 'npy'): string {
  const name = basename(path);
  const labels =
    kind === 'idx'
      ? name.replace('images', 'labels').replace(/idx[34]/, 'idx1')
      : name.replace(/^x/i, (x) => (x === 'x' ? 'y' : 'Y'));
  if (labels === name) {
    const convention = kind === 'idx' ? '…images…' : 'x….npy';
    throw new DataError(
      `${path}: expected a name such as ${convention}, with the labels beside it`,
    );
  }
  return join(dirname(path), labels);
}

async function besideTable(path: string): Promise<CsvOptions> {
  const file = `${path}.json`;
  const exists = await statOf(file).then(
    () => true,
    () => false,
  );
  if (!exists) return {};
  try {
    return JSON.parse(new TextDecoder().decode(await readFileWithin(file, 2 ** 24))) as CsvOptions;
  } catch (cause) {
    throw new DataError(`${file}: expected JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The options of a table that are given; those left out do not hide what stands beside it. */
function given({ targets, classNames, categories, standardization }: LoadOptions): CsvOptions {
  const all = Object.entries({ targets, classNames, categories, standardization });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
