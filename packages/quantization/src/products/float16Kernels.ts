import * as tf from '@tensorflow/tfjs-core';
import type { Operand } from '../operand.ts';

/**
 * Names of the kernels that multiply codes which are numbers of binary16 (`Operand.isFloat16`), held in 16 bits for
 * half the memory and half the traffic of float32. A backend that has one registered is handed every such product
 * that no integer kernel takes; elsewhere the codes are multiplied in float32, with the same result up to the order
 * of sums.
 *
 * **Sums are float32.** A product of two numbers of binary16 has 22 bits and an exponent from −48 to 31: it is
 * exact in float32, and so is each operand, subnormal numbers included. A kernel widens operands before it
 * multiplies them. Sums in float16 would lose 2⁻¹¹ of every partial sum and overflow at 65504, for which no bound of
 * a norm allows: there is no such path. Norms and clipped sums of weight gradients, on which the guarantee rests,
 * take the codes in float32.
 *
 * Inputs and outputs are float32 tensors, as in `integerKernels`, with the optional input `scales`.
 * - `Float16MatMul`: `a` [m, k], `b` [k, n] (`transposeB`: [n, k]) → [m, n].
 * - `Float16Conv2D`: `x` NHWC, `filter` HWIO, attributes `strides`, `pad` ('same', 'valid').
 * - `Float16Conv2DInputGradient`: `dy` NHWC, `filter` HWIO, attributes also `inputShape`.
 */
export const float16Kernels = {
  matMul: 'Float16MatMul',
  conv2d: 'Float16Conv2D',
  conv2dInputGradient: 'Float16Conv2DInputGradient',
} as const;

/** Whether the backend has the kernel and both operands are what it takes. */
export function isMultipliedInFloat16(
  kernel: (typeof float16Kernels)[keyof typeof float16Kernels],
  first: Operand,
  second: Operand,
): boolean {
  const areFloat16 = first.isFloat16 === true && second.isFloat16 === true;
  return areFloat16 && tf.getKernel(kernel, tf.getBackend()) !== undefined;
}
