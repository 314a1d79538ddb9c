import * as tf from '@tensorflow/tfjs-core';
import type { Operand } from '../operand.ts';

/**
 * Names of the kernels that multiply integer codes exactly. A backend that has one registered is
 * handed every product of two operands whose codes are whole numbers (`Operand.largestInteger`);
 * elsewhere the codes are multiplied in float32, with the same result as long as K·max² ≤ 2²⁴.
 *
 * Inputs are the code tensors (float32, whole numbers of magnitude 127 at most), the output is
 * float32 or int32 and exact.
 * - `IntegerMatMul`: `a` [m, k], `b` [k, n] (`transposeB`: [n, k]) → [m, n].
 * - `IntegerConv2D`: `x` NHWC, `filter` HWIO, attributes `strides`, `pad` ('same', 'valid').
 * - `IntegerConv2DInputGradient`: `dy` NHWC, `filter` HWIO, attributes also `inputShape`.
 */
export const integerKernels = {
  matMul: 'IntegerMatMul',
  conv2d: 'IntegerConv2D',
  conv2dInputGradient: 'IntegerConv2DInputGradient',
} as const;

/** Runs the integer kernel if both operands are integers and the backend has it, else `inFloat32`. */
export function multiplyCodes(
  kernel: (typeof integerKernels)[keyof typeof integerKernels],
  operands: readonly [Operand, Operand],
  run: (kernel: string) => tf.Tensor,
  inFloat32: () => tf.Tensor,
): tf.Tensor {
  const integers = operands.every(
    ({ largestInteger }) => largestInteger !== undefined && largestInteger <= 127,
  );
  if (integers && tf.getKernel(kernel, tf.getBackend()) !== undefined) return run(kernel);
  return inFloat32();
}

/** The largest product of two codes, if both operands are whole numbers; otherwise infinity. */
export function largestCodeProduct(a: Operand, b: Operand): number {
  return (a.largestInteger ?? Infinity) * (b.largestInteger ?? Infinity);
}
