import type * as tf from '@tensorflow/tfjs-core';
import { operation, type Shape4D, type WindowAttributes } from '@dpquant/operations';

/** Attributes of a sum of rounded per-example products. */
export interface RoundedSumAttributes {
  /** One per example: 0 or a normal float32. */
  readonly factors: Float32Array;
  /**
   * Whether inputs are whole numbers of magnitude at most 127 whose sums over positions stay below
   * 2³¹; they are then computed exactly in int32. There is more than one position.
   */
  readonly areIntegers: boolean;
}

/**
 * Operations that sum the weight gradients of examples as whole numbers: Σ_i
 * rint(fl(factor_i·g_i)), where g_i = A_iᵀB_i is the product over the positions of example i alone.
 * The sum is exact: the same in any order, for any division into batches, on any number of threads.
 *
 * - In float32, g_i is computed from the given operands with the same operations in the same order
 *   as the product whose norm the backend's `gradientNormOperations` compute without `isGhost`.
 * - With a single position the factor is multiplied into B: rint(fl(a·fl(factor·b))).
 * - With `areIntegers`, g_i is the exact sum, rounded to float32.
 * - An example with factor 0 is left out, whatever its values are.
 *
 * rint rounds ties to even. Magnitudes of factor_i·g_i are at most 2²², and those of the sums below
 * 2³¹. Inputs are float32, the output is int32. TensorFlow.js's own operations do not preserve such
 * values on every backend, so read the output directly.
 */
export const roundedSumOperations = {
  /** `MatMulRoundedSum`: `a` [n, …, p], `dy` [n, …, d] → [p, d]. */
  matMul: operation<{ a: tf.Tensor; dy: tf.Tensor }, RoundedSumAttributes, tf.Tensor2D>(
    'MatMulRoundedSum',
  ),
  /** `Conv2DRoundedSum`: `x` and `dy` NHWC → HWIO. */
  conv2d: operation<
    { x: tf.Tensor4D; dy: tf.Tensor4D },
    RoundedSumAttributes & WindowAttributes & { readonly filterShape: Shape4D },
    tf.Tensor4D
  >('Conv2DRoundedSum'),
};
