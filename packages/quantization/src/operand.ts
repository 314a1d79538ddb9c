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
  /** Without `scaleLayout`: one an example (first axis) or a single one. Null: all one. */
  readonly scales: Float32Array | null;
  /**
   * Where the scales lie otherwise: one a channel (last axis), or one for each `blockSize` consecutive
   * values of the last axis, the last block of a row being what is left.
   */
  readonly scaleLayout?: 'channel' | { readonly blockSize: number };
  /** If all codes are whole numbers: their largest magnitude, for kernels that multiply integers. */
  readonly largestInteger?: number;
}

/** The float values that an operand stands for. The caller owns the result. */
export function dequantize(operand: Operand): tf.Tensor {
  const { codes, scales, scaleLayout } = operand;
  if (scales === null) return tf.clone(codes);
  return tf.tidy(() => {
    if (scaleLayout === undefined) return tf.mul(codes, perExample(scales, codes.rank));
    if (scaleLayout === 'channel') return tf.mul(codes, tf.tensor1d(scales));
    const rowLength = codes.shape.at(-1) ?? 1;
    const values = codes.dataSync<'float32'>().slice();
    const blocks = blocksInRow(rowLength, scaleLayout.blockSize);
    values.forEach((code, i) => {
      const row = Math.floor(i / rowLength);
      const block = Math.floor((i % rowLength) / scaleLayout.blockSize);
      values[i] = code * scales[row * blocks + block]!;
    });
    return tf.tensor(values, codes.shape, 'float32');
  });
}

/** Number of blocks that a row of the last axis has. */
export function blocksInRow(rowLength: number, blockSize: number): number {
  return Math.ceil(rowLength / blockSize);
}

/**
 * The operand in a form whose scales a sum over anything but examples leaves alone: itself, or
 * dequantized where it has a scale a channel or block. To be called in a tidy, which disposes of what is
 * dequantized: a copy of the codes for the caller to own would cost a pass over them.
 */
export function withExampleScales(operand: Operand): Operand {
  return operand.scaleLayout === undefined ? operand : { codes: dequantize(operand), scales: null };
}

/**
 * `values` with zeros for the examples whose entry is 0, by selection: 0·NaN is NaN. The caller owns the
 * result.
 *
 * @param values its first axis counts the examples
 */
export function selectExamples<T extends tf.Tensor>(values: T, keep: Uint8Array): T {
  return tf.tidy(() => {
    const condition = tf.tensor(keep, [keep.length, ...values.shape.slice(1).map(() => 1)], 'bool');
    return tf.where(condition, values, tf.zerosLike(values)) as T;
  });
}

/**
 * The operand with zeros in place of the examples whose entry is 0 (see `selectExamples`). The caller owns the codes of the result.
 */
export function keepExamples(operand: Operand, keep: Uint8Array): Operand {
  const { codes, scales } = operand;
  const count = keep.length;
  // Scales of examples and of blocks lie example after example; of a lone example there may be one.
  const ofExamples = operand.scaleLayout !== 'channel' && scales !== null && scales.length >= count;
  const perExampleCount = ofExamples ? scales.length / count : 0;
  return {
    ...operand,
    codes: selectExamples(codes, keep),
    scales: ofExamples
      ? scales.map((scale, i) => (keep[Math.floor(i / perExampleCount)] ? scale : 0))
      : scales,
  };
}

/** `scales` as a tensor that broadcasts against a tensor of `rank` whose first axis is the example. */
export function perExample(scales: Float32Array, rank: number): tf.Tensor {
  const shape = new Array<number>(rank).fill(1);
  if (rank > 0) shape[0] = scales.length;
  return tf.tensor(scales, shape, 'float32');
}
