import type * as tf from '@tensorflow/tfjs-core';
import { operation, type Shape4D, type WindowAttributes } from '@dpquant/operations';
import type { ProductScales } from './integerOperations.ts';

/**
 * Operations that multiply binary16 codes (`Operand.isFloat16`), held in 16 bits, which halves
 * memory and memory traffic against float32. A backend with such a kernel uses it for every such
 * product that has no integer kernel; otherwise the codes are multiplied in float32, with the same
 * result up to the order of sums.
 *
 * **Sums are float32.** A product of two binary16 numbers has 22 bits and an exponent from −48 to
 * 31: it is exact in float32, and so is each operand, subnormal numbers included. A kernel widens
 * operands before it multiplies them. Sums in float16 would lose 2⁻¹¹ of every partial sum and
 * overflow at 65504, which no norm bound covers, so they are not offered. Norms and clipped sums of
 * weight gradients, which the guarantee depends on, use the codes in float32.
 *
 * Inputs and outputs are float32 tensors, as in `integerOperations`.
 */
export const float16Operations = {
  /** `Float16MatMul`: `a` [m, k], `b` [k, n] (`transposeB`: [n, k]) → [m, n]. */
  matMul: operation<
    { a: tf.Tensor2D; b: tf.Tensor2D } & ProductScales,
    { readonly transposeB: boolean },
    tf.Tensor2D
  >('Float16MatMul'),
  /** `Float16Conv2D`: `x` NHWC, `filter` HWIO; the padding is 'same' or 'valid', here and below. */
  conv2d: operation<
    { x: tf.Tensor4D; filter: tf.Tensor4D } & ProductScales,
    WindowAttributes,
    tf.Tensor4D
  >('Float16Conv2D'),
  /** `Float16Conv2DInputGradient`: `dy` NHWC, `filter` HWIO. */
  conv2dInputGradient: operation<
    { dy: tf.Tensor4D; filter: tf.Tensor4D } & ProductScales,
    WindowAttributes & { readonly inputShape: Shape4D },
    tf.Tensor4D
  >('Float16Conv2DInputGradient'),
};
