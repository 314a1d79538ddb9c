import * as tf from '@tensorflow/tfjs-core';
import type { Operand } from '../operand.ts';

/**
 * Names of the kernels that multiply integer codes exactly. A backend that has one registered is
 * handed every product of two operands whose codes are whole numbers (`Operand.largestInteger`) and whose
 * sums stay below 2³¹; elsewhere the codes are multiplied in float32, with the same result as long as
 * K·max² ≤ 2²⁴.
 *
 * Inputs are the code tensors (float32, whole numbers of magnitude 127 at most), outputs are float32.
 * - `IntegerMatMul`: `a` [m, k], `b` [k, n] (`transposeB`: [n, k]) → [m, n].
 * - `IntegerConv2D`: `x` NHWC, `filter` HWIO, attributes `strides`, `pad` ('same', 'valid').
 * - `IntegerConv2DInputGradient`: `dy` NHWC, `filter` HWIO, attributes also `inputShape`.
 *
 * These three take `ScaledProductAttributes` too, and an optional input `scales`, float32 [s]: one an example,
 * in equal shares of the output's first axis, or a single one. An output is the exact sum, rounded to float32,
 * times its share's scale, rounded once more; without scales it is left at that.
 * - `IntegerMatMulWeightGradient`: `a` [n, …, p], `dy` [n, …, d] → [p, d].
 * - `IntegerConv2DWeightGradient`: `x` and `dy` NHWC, attributes `strides`, `pad`, `filterShape`.
 *
 * These two take `WeightedSumAttributes`: an output is the sum over examples, in order and in float32, of the
 * exact sum over the example's positions, rounded to float32, times the example's factor. An example whose
 * factor is 0 is left out.
 */
export const integerKernels = {
  matMul: 'IntegerMatMul',
  conv2d: 'IntegerConv2D',
  conv2dInputGradient: 'IntegerConv2DInputGradient',
  matMulWeightGradient: 'IntegerMatMulWeightGradient',
  conv2dWeightGradient: 'IntegerConv2DWeightGradient',
} as const;

type IntegerKernel = (typeof integerKernels)[keyof typeof integerKernels];

/** Attributes of a product of integers whose operands have scales. */
export interface ScaledProductAttributes {
  /** Largest magnitudes of the codes of both inputs, as kernels for fewer bits need to know. Default: 127. */
  readonly largest?: readonly [first: number, second: number];
}

/** Attributes of a weighted sum of per-example products. */
export interface WeightedSumAttributes {
  /** One an example: 0 or normal. */
  readonly factors: Float32Array;
}

/** Largest sum of products of codes that an integer kernel is given: below 2³¹. */
const largestSum = 2 ** 31 - 1;

/**
 * Whether the backend's integer kernel forms a weighted sum of per-example products. At a single position
 * there is nothing to sum before the factor: one float32 product of all examples is faster, and as exact.
 */
export function isWeightedSumOfIntegers(
  kernel: IntegerKernel,
  a: Operand,
  dy: Operand,
  positions: number,
): boolean {
  return positions > 1 && isMultipliedAsIntegers(kernel, a, dy, positions);
}

/** Whether the backend has the integer kernel and both operands are what it takes. */
export function isMultipliedAsIntegers(
  kernel: IntegerKernel,
  first: Operand,
  second: Operand,
  length: number,
): boolean {
  return areIntegers(first, second, length) && tf.getKernel(kernel, tf.getBackend()) !== undefined;
}

/** Whether all codes are whole numbers of eight bits whose products' sums fit an int32. */
export function areIntegers(first: Operand, second: Operand, length: number): boolean {
  const [a, b] = [first.largestInteger ?? Infinity, second.largestInteger ?? Infinity];
  return Math.max(a, b) <= 127 && length * a * b <= largestSum;
}

/** The largest product of two codes, if both operands are whole numbers; otherwise infinity. */
export function largestCodeProduct(a: Operand, b: Operand): number {
  return (a.largestInteger ?? Infinity) * (b.largestInteger ?? Infinity);
}
