import type * as tf from '@tensorflow/tfjs-core';
import { operation, type Shape4D, type WindowAttributes } from '@dpquant/operations';

/** The operands of per-example weight gradients AᵀB. */
export interface GradientNormOperands {
  readonly a: tf.Tensor;
  readonly dy: tf.Tensor;
}

export interface GradientNormAttributes {
  /** Whether ‖AᵀB‖² is computed as a ghost sum. */
  readonly isGhost: boolean;
  /**
   * Whether inputs are whole numbers of magnitude at most 127 whose inner products, over positions
   * or within A and B, stay below 2³¹; they are then computed exactly, in int32.
   */
  readonly areIntegers: boolean;
}

type Conv2dAttributes = GradientNormAttributes &
  WindowAttributes & { readonly filterShape: Shape4D };

/**
 * `gradientNormOperations` for devices without float64. The output [n, 3, parts] is float32: the
 * addends of ‖AᵀB‖², ‖A‖², ‖B‖² of every example, which the caller adds in float64. They ignore
 * `isGhost`.
 *
 * An addend of ‖AᵀB‖² is a sum of squares of entries with the rounding errors of a float32 matrix
 * product, and is too small by at most a relative 96·2⁻²⁴; an addend of ‖A‖² or ‖B‖² by at most (T
 * + 64)·2⁻²⁴. A square, a product or a partial sum below 2⁻¹²⁶ may count as zero.
 */
export const gradientNormPartOperations = {
  matMul: operation<GradientNormOperands, GradientNormAttributes, tf.Tensor>(
    'MatMulGradientNormParts',
  ),
  conv2d: operation<GradientNormOperands, Conv2dAttributes, tf.Tensor>('Conv2DGradientNormParts'),
};

/**
 * Operations that compute the norms of per-example weight gradients AᵀB, where A are an example's
 * inputs and B its output gradients at T positions. A backend with such a kernel uses it for every
 * batch of operands. Otherwise plain loops compute the norms, as they do for an example for which
 * the kernel's result is too inaccurate.
 *
 * Inputs are float32. The output [n, 3, 2] is int32: the bits of the float64 values ‖AᵀB‖², ‖A‖²,
 * ‖B‖² of every example. AᵀB is computed in float32, with the same operations in the same order as
 * in `roundedSumOperations` of the same backend, and squared in float64; with `isGhost` it is a
 * ghost sum in float64.
 */
export const gradientNormOperations = {
  /** `MatMulGradientNorms`: `a` [n, …, p], `dy` [n, …, d]. */
  matMul: operation<GradientNormOperands, GradientNormAttributes, tf.Tensor>(
    'MatMulGradientNorms',
    { otherForm: gradientNormPartOperations.matMul },
  ),
  /**
   * `Conv2DGradientNorms`: `a` and `dy` NHWC, padding 'same' or 'valid'; A are the unfolded patches
   * of `a`.
   */
  conv2d: operation<GradientNormOperands, Conv2dAttributes, tf.Tensor>('Conv2DGradientNorms', {
    otherForm: gradientNormPartOperations.conv2d,
  }),
};
