import type { Dataset } from '../dataset.ts';
import type { LoadOptions } from './loadOptions.ts';

/** A kind of data on a disk: how it is recognized, what can be said of it, and how it is read. */
export interface DataKind {
  /** As messages have it: `npz`. */
  readonly name: string;
  /** What a path of this kind looks like, as messages have it: `.npz`. */
  readonly expected: string;
  /**
   * Whether data are of this kind.
   *
   * @param name of the file or folder, without its path and in lower case
   */
  readonly recognizes: (name: string, isFolder: boolean) => boolean;
  /** Options that it uses, besides `classNames` and `unpackedLimit`; others are refused. */
  readonly options: readonly (keyof LoadOptions)[];
  /**
   * Reads data whose targets are class indices.
   *
   * @throws DataError naming file, offset or row, and what was expected
   */
  readonly load: (path: string, options: LoadOptions) => Promise<Dataset>;
  /** Reads data whose targets are numbers; left out of kinds that have none. */
  readonly loadNumbers?: (path: string, options: LoadOptions) => Promise<Dataset>;
}
