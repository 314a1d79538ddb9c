import type { NumberFormat, RoundingMode } from '../formats/numberFormat.ts';
import type { RangeRule } from './magnitudes.ts';

export interface ScaledCast {
  readonly format: NumberFormat;
  readonly rounding: RoundingMode;
  /** The magnitude that the largest code represents. Default `maximumMagnitude`. */
  readonly range?: RangeRule;
  /**
   * The format of groups without negative values, as after a ReLU: it has as many bits, and uses
   * the sign bit for the magnitude. Its largest code represents the largest value. Default:
   * `format`.
   */
  readonly nonNegativeFormat?: NumberFormat;
}

/** Equal parts of an array, each with its own scale. */
export interface ScaleGroups {
  readonly count: number;
  /** Number of values per group. */
  readonly size: number;
  /** Whether the groups are interleaved (channels), or lie one after the other. */
  readonly interleaved: boolean;
}
