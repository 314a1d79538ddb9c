import type { NumberFormat, RoundingMode } from '../formats/numberFormat.ts';
import type { RangeRule } from './magnitudes.ts';

export interface ScaledCast {
  readonly format: NumberFormat;
  readonly rounding: RoundingMode;
  /** The magnitude that the largest code represents. Default `maximumMagnitude`. */
  readonly range?: RangeRule;
  /**
   * The format of groups without a negative value, as after a ReLU. It has as many bits, and uses
   * the sign bit for the magnitude. Its largest code represents the largest value. Default:
   * `format`.
   */
  readonly nonNegativeFormat?: NumberFormat;
}

/** Equal shares of an array, each with its own scale. */
export interface ScaleGroups {
  readonly count: number;
  /** Values of a group. */
  readonly size: number;
  /** Channels: the groups are interleaved. Otherwise they lie one after the other. */
  readonly interleaved: boolean;
}
