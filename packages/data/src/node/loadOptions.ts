import { columnNames, type Sidecar } from '../tables/sidecar.ts';
import type { CsvOptions } from '../tables/tableOptions.ts';

/** What is said of data in files; each kind of data uses some of it and refuses the rest. */
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
  /** Greatest size of compressed data once decompressed, in bytes. Default 2 GiB. */
  readonly unpackedLimit?: number | undefined;
}

/** Options that every kind of data takes. */
export const optionsOfAll: readonly (keyof LoadOptions)[] = ['classNames', 'unpackedLimit'];

/** What sets an option on the command line, where that is not a flag of its name. */
const otherFlags: Partial<Record<keyof LoadOptions, string>> = {
  header: '--no-header',
  scaleBytes: '--token-ids',
  exifRotation: '--no-exif-rotation',
  replace: 'replace',
  fromValues: 'fromValues',
};

/** The flag that sets an option on the command line; its name if only a file sets it. */
export function flagOf(option: keyof LoadOptions): string {
  const kebab = option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return otherFlags[option] ?? `--${kebab}`;
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
