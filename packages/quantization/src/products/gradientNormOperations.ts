import type * as tf from '@tensorflow/tfjs-core';
import { operation, type Shape4D, type WindowAttributes } from '@dpquant/operations';

/** The operands of per-example weight gradients AᵀB. */
export interface GradientNormOperands {
  readonly a: tf.Tensor;
  readonly dy: tf.Tensor;
}

export interface GradientNormAttributes {
  /** Whether ‖AᵀB‖² is to be a ghost sum. */
  readonly isGhost: boolean;
  /**
   * Whether inputs are whole numbers of magnitude 127 at most whose inner products, over positions
   * or within A and B, stay below 2³¹: they are to be formed exactly, in int32.
   */
  readonly areIntegers: boolean;
}

type Conv2dAttributes = GradientNormAttributes &
  WindowAttributes & { readonly filterShape: Shape4D };

/**
 * The operations of `gradientNormOperations` for devices without float64. The output [n, 3, parts]
 * is float32: the addends of ‖AᵀB‖², ‖A‖², ‖B‖² of every example, which are added up in float64;
 * they ignore `isGhost`.
 *
 * An addend of ‖AᵀB‖² is the sum of squares of entries with the roundings of a float32 matrix
 * product, and is too small by at most 96·2⁻²⁴ of itself; one of ‖A‖² and ‖B‖² by at most (T +
 * 64)·2⁻²⁴. A square, a product or a partial sum below 2⁻¹²⁶ may count as zero.
 */
export const gradientNormPartOperations = {
  matMul: operation<GradientNormOperands, GradientNormAttributes, tf.Tensor>(
    'MatMulGradientNormParts',
  ),
  conv2d: operation<GradientNormOperands, Conv2dAttributes, tf.Tensor>('Conv2DGradientNormParts'),
};

/**
 * The operations that take the norms of per-example weight gradients AᵀB, where A are an example's
 * inputs and B its output gradients at T positions. A backend with a kernel for one computes every
 * batch of operands; otherwise plain loops compute the norms, as they do for an example for which
 * the kernel's result is too inaccurate.
 *
 * Inputs are float32. The output [n, 3, 2] is int32: the bits of the float64 values ‖AᵀB‖², ‖A‖²,
 * ‖B‖² of every example. AᵀB is formed in float32, by the very operations in the order that
 * `roundedSumOperations` of the same backend form it by, and is squared in float64; with `isGhost`
 * it is a ghost sum in float64.
 */
export const gradientNormOperations = {
  /** `MatMulGradientNorms`: `a` [n, …, p], `dy` [n, …, d]. */
  matMul: operation<GradientNormOperands, GradientNormAttributes, tf.Tensor>(
    'MatMulGradientNorms',
    { otherForm: gradientNormPartOperations.matMul },
  ),
  /**
   * `Conv2DGradientNorms`: `a` and `dy` NHWC, padding 'same' or 'valid'; A are the unfolded windows
   * of `a`.
   */
  conv2d: operation<GradientNormOperands, Conv2dAttributes, tf.Tensor>('Conv2DGradientNorms', {
    otherForm: gradientNormPartOperations.conv2d,
  }),
};
