import * as tf from '@tensorflow/tfjs-core';

/**
 * A tensor as a layer product takes it: `values = codes × scales`.
 *
 * The products multiply the codes first and the scales afterwards, one float multiplication an
 * output, so that products of integer codes are exact in float32 while K·max² ≤ 2²⁴ (K: length of
 * the sum, max: largest code).
 */
export interface Operand {
  /** Shape of the original tensor. Owned by whoever asked for the operand. */
  readonly codes: tf.Tensor;
  /** One an example (first axis), a single one for the whole tensor, or null: all one. */
  readonly scales: Float32Array | null;
}

/** The float values that an operand stands for. The caller owns the result. */
export function dequantize(operand: Operand): tf.Tensor {
  const { codes, scales } = operand;
  if (scales === null) return tf.clone(codes);
  return tf.tidy(() => tf.mul(codes, perExample(scales, codes.rank)));
}

/** `scales` as a tensor that broadcasts against a tensor of `rank` whose first axis is the example. */
export function perExample(scales: Float32Array, rank: number): tf.Tensor {
  const shape = new Array<number>(rank).fill(1);
  shape[0] = scales.length;
  return tf.tensor(scales, shape, 'float32');
}
