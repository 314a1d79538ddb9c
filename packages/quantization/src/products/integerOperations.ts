import type * as tf from '@tensorflow/tfjs-core';
import { operation, type Shape4D, type WindowAttributes } from '@dpquant/operations';
import type { Operand } from '../operand.ts';

/** Attributes of a product of integers whose operands have scales. */
export interface ScaledProductAttributes {
  /** Largest magnitudes of the codes of both inputs, for kernels with fewer bits. Default: 127. */
  readonly largest?: readonly [first: number, second: number];
}

/** Attributes of a weighted sum of per-example products. */
export interface WeightedSumAttributes {
  /** One per example: 0 or a normal float32. */
  readonly factors: Float32Array;
}

/**
 * Scales of a product, float32: a single one, or one per example, each for an equal share of the
 * output's first axis.
 */
export interface ProductScales {
  readonly scales?: tf.Tensor1D;
}

/**
 * Operations that multiply integer codes exactly. A backend with such a kernel uses it for every
 * product of two operands whose codes are whole numbers (`Operand.largestInteger`) and whose sums
 * stay below 2³¹. Otherwise the codes are multiplied in float32, with the same result as long as
 * K·max² ≤ 2²⁴.
 *
 * Inputs are the code tensors (float32, whole numbers of magnitude at most 127), outputs are
 * float32.
 */
export const integerOperations = {
  /**
   * `IntegerMatMul`: `a` [m, k], `b` [k, n] (`transposeB`: [n, k]) → [m, n].
   *
   * In this and the next two operations, an output is the exact sum, rounded to float32, times its
   * scale, rounded once more; without scales the last step is left out.
   */
  matMul: operation<
    { a: tf.Tensor2D; b: tf.Tensor2D } & ProductScales,
    ScaledProductAttributes & { readonly transposeB: boolean },
    tf.Tensor2D
  >('IntegerMatMul'),
  /** `IntegerConv2D`: `x` NHWC, `filter` HWIO; the padding is 'same' or 'valid', here and below. */
  conv2d: operation<
    { x: tf.Tensor4D; filter: tf.Tensor4D } & ProductScales,
    ScaledProductAttributes & WindowAttributes,
    tf.Tensor4D
  >('IntegerConv2D'),
  /** `IntegerConv2DInputGradient`: `dy` NHWC, `filter` HWIO. */
  conv2dInputGradient: operation<
    { dy: tf.Tensor4D; filter: tf.Tensor4D } & ProductScales,
    ScaledProductAttributes & WindowAttributes & { readonly inputShape: Shape4D },
    tf.Tensor4D
  >('IntegerConv2DInputGradient'),
  /**
   * `IntegerMatMulWeightGradient`: `a` [n, …, p], `dy` [n, …, d] → [p, d].
   *
   * In this and the next operation, an output is the sum over examples, in order and in float32, of
   * the exact sum over the example's positions, rounded to float32, times the example's factor. An
   * example with factor 0 is left out.
   */
  matMulWeightGradient: operation<
    { a: tf.Tensor; dy: tf.Tensor },
    WeightedSumAttributes,
    tf.Tensor2D
  >('IntegerMatMulWeightGradient'),
  /** `IntegerConv2DWeightGradient`: `x` and `dy` NHWC → HWIO. */
  conv2dWeightGradient: operation<
    { x: tf.Tensor4D; dy: tf.Tensor4D },
    WeightedSumAttributes & WindowAttributes & { readonly filterShape: Shape4D },
    tf.Tensor4D
  >('IntegerConv2DWeightGradient'),
};

/** Largest sum of products of codes for integer kernels. */
const largestSum = 2 ** 31 - 1;

/**
 * Whether the backend's integer kernel computes a weighted sum of per-example products. With a
 * single position there is nothing to sum before the factor: one float32 product of all examples is
 * faster and equally exact.
 */
export function isWeightedSumOfIntegers(
  sum: { hasKernel(): boolean },
  a: Operand,
  dy: Operand,
  positions: number,
): boolean {
  return positions > 1 && areIntegers(a, dy, positions) && sum.hasKernel();
}

/** Whether all codes are 8-bit whole numbers whose sums of products fit into int32. */
export function areIntegers(first: Operand, second: Operand, length: number): boolean {
  const [a, b] = [first.largestInteger ?? Infinity, second.largestInteger ?? Infinity];
  return Math.max(a, b) <= 127 && length * a * b <= largestSum;
}

/** The largest product of two codes, if both operands are whole numbers; otherwise infinity. */
export function largestCodeProduct(a: Operand, b: Operand): number {
  return (a.largestInteger ?? Infinity) * (b.largestInteger ?? Infinity);
}
