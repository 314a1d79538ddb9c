import type { Dataset } from '../dataset.ts';
import type { LoadOptions } from './loadOptions.ts';

/** A kind of data on disk: how it is recognized, which options it has, and how it is read. */
export interface DataKind {
  /** Name in messages: `npz`. */
  readonly name: string;
  /** Description of its paths in messages: `.npz`. */
  readonly expected: string;
  /**
   * Whether a path is of this kind.
   *
   * @param name name of the file or folder, without its path and in lower case
   */
  readonly recognizes: (name: string, isFolder: boolean) => boolean;
  /** Options that it uses, besides `classNames` and `unpackedLimit`; others are refused. */
  readonly options: readonly (keyof LoadOptions)[];
  /**
   * Reads data whose targets are class indices.
   *
   * @throws DataError that names the file, the offset or row, and what was expected
   */
  readonly load: (path: string, options: LoadOptions) => Promise<Dataset>;
  /** Reads data whose targets are numbers; left out if the kind does not support them. */
  readonly loadNumbers?: (path: string, options: LoadOptions) => Promise<Dataset>;
}
