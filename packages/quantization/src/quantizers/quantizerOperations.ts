import type * as tf from '@tensorflow/tfjs-core';
import { operation } from '@dpquant/operations';
import type { PhiloxKey } from '@dpquant/random';
import type { FloatCodes } from '../formats/floatCodes.ts';

/** Attributes of a quantizing operation. */
export interface QuantizeAttributes {
  /** Number of equal consecutive parts of x. */
  readonly groups: number;
  readonly key: PhiloxKey;
  readonly step: number;
  /** For each group: its row, and its view·2¹⁶ + draw. */
  readonly rows: Uint32Array;
  readonly viewsAndDraws: Uint32Array;
}

/** Attributes of an operation that quantizes to symmetric integers. */
export interface QuantizeIntegersAttributes extends QuantizeAttributes {
  /** The largest code: 7 or 127. */
  readonly largest: number;
  /**
   * The largest code of groups without negative values, which represents their largest magnitude,
   * with or without SAWB. Equal to `largest` if such groups are not treated differently.
   */
  readonly largestOfNonNegative: number;
  /** Whether the range is that of `sawbRange`, instead of the largest magnitude. */
  readonly isSawb: boolean;
  /** Whether rounding is stochastic; otherwise it is to nearest even and uses no random words. */
  readonly isStochastic: boolean;
}

/**
 * Attributes of an operation that quantizes to a floating-point format: its mantissa has from 1 to
 * 22 bits, and unless it is unscaled its largest code is 4 or more.
 */
export interface QuantizeFloatsAttributes extends QuantizeAttributes, FloatCodes {
  /** Whether scales are 1, or NaN where a group is not finite. */
  readonly isUnscaled: boolean;
  /** Whether rounding is stochastic; otherwise it is to nearest even and uses no random words. */
  readonly isStochastic: boolean;
}

/** The codes in the shape of x, and one scale per group, [groups]; both float32. */
type CodesAndScales = readonly [codes: tf.Tensor, scales: tf.Tensor1D];

/**
 * The quantizing operations. A backend with such a kernel uses it; otherwise plain loops compute
 * the same bits (see `quantizeScaled`).
 */
export const quantizerOperations = {
  /** `QuantizeLuqFp4`: stochastic rounding, the largest magnitude as range. */
  luqFp4: operation<{ x: tf.Tensor }, QuantizeAttributes, CodesAndScales>('QuantizeLuqFp4'),
  integers: operation<{ x: tf.Tensor }, QuantizeIntegersAttributes, CodesAndScales>(
    'QuantizeIntegers',
  ),
  /** `QuantizeFloats`: the largest magnitude as range. */
  floats: operation<{ x: tf.Tensor }, QuantizeFloatsAttributes, CodesAndScales>('QuantizeFloats'),
};
