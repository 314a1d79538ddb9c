import { columnNames, type Sidecar } from '../tables/sidecar.ts';
import type { CsvOptions } from '../tables/tableOptions.ts';

/** Options to load data from files; each kind of data refuses the options that it does not use. */
export interface LoadOptions extends Omit<CsvOptions, 'privacyUnit'> {
  /** NPZ: array of the inputs. Default x. */
  readonly inputs?: string | undefined;
  /**
   * NPZ: array of the class indices (default y). Tables: column of the class (default class). If
   * targets are numbers: the array, or columns separated by commas (default target).
   */
  readonly targets?: string | undefined;
  /**
   * NPZ, tables: array or column of the weight of each example's loss, at least 0; must be public
   * or a function of that example alone. Default: all 1.
   */
  readonly weights?: string | undefined;
  /** Public names of the classes. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * NPZ, tables: names of arrays or columns, separated by commas, whose combined values are the
   * privacy unit. Image folders: a regular expression over `class/name.png`. Default: each row.
   */
  readonly privacyUnit?: string | undefined;
  /**
   * Tables: text encoding, such as windows-1252. Default UTF-8, or UTF-16 with a byte order mark.
   */
  readonly encoding?: string | undefined;
  /**
   * NPZ, NPY, IDX: whether unsigned bytes are pixels and become value/255; false for token ids.
   * Default true.
   */
  readonly scaleBytes?: boolean | undefined;
  /** Images: side in pixels to which each is resized. */
  readonly imageSize?: number | undefined;
  /** Image folders: 1 converts each image to gray, 3 to colour. Default: as stored. */
  readonly imageChannels?: 1 | 3 | undefined;
  /** Image folders: whether to apply the EXIF orientation, as viewers do. Default true. */
  readonly exifRotation?: boolean | undefined;
  /** Greatest uncompressed size of compressed files, in bytes. Default 2 GiB. */
  readonly unpackedLimit?: number | undefined;
}

/** Options that every kind of data uses. */
export const optionsOfAll: readonly (keyof LoadOptions)[] = ['classNames', 'unpackedLimit'];

/** Command-line flags that differ from the option's name. */
const otherFlags: Partial<Record<keyof LoadOptions, string>> = {
  header: '--no-header',
  scaleBytes: '--token-ids',
  exifRotation: '--no-exif-rotation',
  replace: 'replace',
  fromValues: 'fromValues',
};

/** The command-line flag of an option; its name if it can only be set in a file. */
export function flagOf(option: keyof LoadOptions): string {
  const kebab = option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return otherFlags[option] ?? `--${kebab}`;
}

/** Splits names of arrays or columns at commas. */
export const columnsOf = (names: string | undefined) =>
  names === undefined ? undefined : columnNames(names);

/** The given options of a table; options that are not given must not override the sidecar file. */
export function csvOptions(options: LoadOptions): Sidecar {
  const { inputs, scaleBytes, imageSize, imageChannels, exifRotation, ...others } = options;
  const { unpackedLimit, privacyUnit, ...ofTables } = others;
  const all = Object.entries({ ...ofTables, privacyUnit: columnsOf(privacyUnit) });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}
