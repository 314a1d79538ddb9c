import type { ExampleKeys } from '@dpquant/random';
import type { ExampleParts } from './exampleParts.ts';
import type { PrivacyUnits } from './privacyUnits.ts';

/** Examples in the order they were asked for, then padding. Nothing in it is shared or reused. */
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
   * padding. Left out where each is 1.
   */
  readonly weights?: Float32Array;
  /**
   * Who each example is: its row number in the data set as it was loaded (a subset keeps it;
   * `paddingRow` for padding), and its view, 0 where there is one only.
   */
  readonly keys: ExampleKeys;
}

export interface ReadOptions {
  /** Size to pad the batch to; at least the number of rows, which is the default. */
  readonly size?: number | undefined;
  /** View number of each row, below 2¹⁶; 0 by default. */
  readonly views?: ArrayLike<number> | undefined;
}

/** Parts that whoever made a data set has set apart, as by folders `train` and `test`. */
export interface GivenSplit {
  /** What the private training data are in, as `train`. */
  readonly training: string;
  /** What the public validation data are in, as `test`. */
  readonly validation: string;
  /** Rows of the public validation data; all others are private. */
  readonly validationRows: ArrayLike<number>;
}

/** Examples with random access. Rows are numbered from 0 to `count` − 1. */
export interface Dataset extends ExampleParts {
  readonly name: string;
  readonly count: number;
  /** Shape of one example's input, without the batch dimension. */
  readonly inputShape: readonly number[];
  /** Names of the inputs of a table, as `age` and `ward=A`; left out of other data. */
  readonly inputNames?: readonly string[];
  /** Shape of one example's target; [] for a class index. */
  readonly targetShape: readonly number[];
  readonly classNames: readonly string[];
  /** Whether their number was counted from the private labels; false if left out. */
  readonly classesAreCounted?: boolean;
  /** Whether inputs are unsigned bytes divided by 255, as pixels are; false if left out. */
  readonly bytesAreScaled?: boolean;
  /**
   * What an example's weight may be at most, of a data set whose batches have `weights`: public.
   * Left out by others.
   */
  readonly greatestWeight?: number;
  /**
   * What its owner should know before training, a sentence each. They may tell of private rows: for
   * the owner's eyes, never for a file. Left out where there is nothing, and by parts of a data
   * set.
   */
  readonly warnings?: readonly string[];
  readonly privacyUnits: PrivacyUnits;
  /**
   * Where the data set comes in parts, which `splitAsGiven` makes; left out by others, and by
   * parts.
   */
  readonly givenSplit?: GivenSplit;
  /**
   * Reads the named rows, in their order; a row may be named more than once. Rejects with
   * RangeError for a row or view that does not exist and a `size` that is too small.
   */
  read(rows: ArrayLike<number>, options?: ReadOptions): Promise<Batch>;
}
