import type { ExampleKeys } from '@dpquant/random';
import type { ExampleParts } from './exampleParts.ts';
import type { PrivacyUnits } from './privacyUnits.ts';

/**
 * Examples in the order in which they were requested, then padding. The arrays belong to the
 * caller.
 */
export interface Batch {
  /** Number of examples, padding included. */
  readonly size: number;
  /** `size` × `inputShape`; 0 for padding. */
  readonly inputs: Float32Array;
  /** `size` × `targetShape`; 0 for padding. */
  readonly targets: Float32Array;
  /** `size`: 1 for an example, 0 for padding. */
  readonly mask: Float32Array;
  /**
   * `size`: weight of each example's loss, from 0 to the data set's `greatestWeight`; 0 for
   * padding. Left out if all weights are 1.
   */
  readonly weights?: Float32Array;
  /**
   * The key of each example: its row number in the data set as loaded (kept by subsets;
   * `paddingRow` for padding) and its view number (0 unless augmented).
   */
  readonly keys: ExampleKeys;
}

export interface ReadOptions {
  /** Size of the padded batch, at least the number of rows. Default: the number of rows. */
  readonly size?: number | undefined;
  /** View number of each row, below 2¹⁶; 0 by default. */
  readonly views?: ArrayLike<number> | undefined;
}

/** Parts defined by the author of a data set, for example by folders `train` and `test`. */
export interface GivenSplit {
  /** Name of the private training part, such as `train`. */
  readonly training: string;
  /** Name of the public validation part, such as `test`. */
  readonly validation: string;
  /** Rows of the public validation part; all other rows are private. */
  readonly validationRows: ArrayLike<number>;
}

/** Examples with random access. Rows are numbered from 0 to `count` − 1. */
export interface Dataset extends ExampleParts {
  readonly name: string;
  readonly count: number;
  /** Shape of one example's input, without the batch dimension. */
  readonly inputShape: readonly number[];
  /** Names of the inputs of a table, such as `age` and `ward=A`; left out for other data. */
  readonly inputNames?: readonly string[];
  /** Shape of one example's target; [] for a class index. */
  readonly targetShape: readonly number[];
  readonly classNames: readonly string[];
  /** Whether the number of classes was counted from the private labels. Default false. */
  readonly classesAreCounted?: boolean;
  /** Whether inputs are unsigned bytes divided by 255, such as pixels. Default false. */
  readonly bytesAreScaled?: boolean;
  /** Greatest weight of an example, public. Left out unless batches have `weights`. */
  readonly greatestWeight?: number;
  /**
   * What the owner should know before training, one sentence each. They may reveal private rows:
   * show them to the owner, never write them to a file. Left out if there are none, and in subsets.
   */
  readonly warnings?: readonly string[];
  readonly privacyUnits: PrivacyUnits;
  /** The given parts, for `splitAsGiven`; left out if the data set has none, and in subsets. */
  readonly givenSplit?: GivenSplit;
  /**
   * Reads rows in the given order; a row may occur more than once.
   *
   * @throws RangeError for a row or view that does not exist, or a `size` that is too small
   */
  read(rows: ArrayLike<number>, options?: ReadOptions): Promise<Batch>;
}
