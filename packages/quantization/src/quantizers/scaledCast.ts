import type { NumberFormat, RoundingMode } from '../formats/numberFormat.ts';
import type { RangeRule } from './magnitudes.ts';

export interface ScaledCast {
  readonly format: NumberFormat;
  readonly rounding: RoundingMode;
  /** What the largest code is to stand for. Default `maximumMagnitude`. */
  readonly range?: RangeRule;
  /**
   * The format of groups without a negative value, as a rectifier gives them: of as many bits, the
   * sign's holding magnitude. Its largest code stands for the largest value. Default: `format`, as
   * for the others.
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
