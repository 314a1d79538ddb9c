import * as tf from '@tensorflow/tfjs-core';

/**
 * A tensor as the operand of a layer product: `values = codes × scales`.
 *
 * The products multiply the codes first and the scales afterwards, one float multiplication per
 * output, so that products of integer codes are exact in float32 while K·max² ≤ 2²⁴ (K: length of
 * the sum, max: largest code).
 */
export interface Operand {
  /**
   * Shape of the original tensor. Owned, like `scales`, by the caller that requested the operand.
   */
  readonly codes: tf.Tensor;
  /**
   * Without `scaleLayout`: one scale per example (first axis), or a single one. Null: all are 1. A
   * tensor if a kernel computed them, so that they stay on the device; `withReadScales` reads their
   * values.
   */
  readonly scales: Float32Array | tf.Tensor1D | null;
  /**
   * Other layouts of the scales: one per channel (last axis), or one for each `blockSize`
   * consecutive values of the last axis; the last block of a row may be shorter.
   */
  readonly scaleLayout?: 'channel' | { readonly blockSize: number };
  /**
   * If all codes are whole numbers: their largest magnitude, for kernels that multiply integers.
   */
  readonly largestInteger?: number;
  /**
   * Whether all codes are binary16 numbers (IEEE 754), for kernels that hold operands in 16 bits.
   * Default false.
   */
  readonly isFloat16?: boolean;
}

/** The float values of an operand. The caller owns the result. */
export function dequantize(operand: Operand): tf.Tensor {
  const { codes, scales, scaleLayout } = operand;
  if (scales === null) return tf.clone(codes);
  return tf.tidy(() => {
    if (scaleLayout === undefined) return tf.mul(codes, perExample(scales, codes.rank));
    if (scaleLayout === 'channel') return tf.mul(codes, perExample(scales, 1));
    const { blockSize } = scaleLayout;
    const count = scales instanceof tf.Tensor ? scales.size : scales.length;
    // A one-dimensional tensor of examples has one scale per example.
    const rowLength = count === codes.size ? 1 : (codes.shape.at(-1) ?? 1);
    const blocks = blocksInRow(rowLength, blockSize);
    const rows = codes.size / Math.max(1, rowLength);
    const ofBlocks = tf.reshape(perExample(scales, 1), [rows, blocks, 1]);
    const ofElements = tf.reshape(tf.tile(ofBlocks, [1, 1, blockSize]), [rows, blocks * blockSize]);
    return tf.mul(codes, tf.reshape(tf.slice(ofElements, [0, 0], [rows, rowLength]), codes.shape));
  });
}

/** The tensors that an operand consists of. */
export function operandTensors({ codes, scales }: Operand): tf.Tensor[] {
  return scales instanceof tf.Tensor ? [codes, scales] : [codes];
}

/** An operand whose scales are values, not a tensor. */
export type ReadOperand = Operand & { readonly scales: Float32Array | null };

/** The operand with its scales as values. A tensor of scales still belongs to the caller. */
export async function readScales(operand: Operand): Promise<ReadOperand> {
  const { scales } = operand;
  if (!(scales instanceof tf.Tensor)) return operand as ReadOperand;
  return { ...operand, scales: await scales.data<'float32'>() };
}

/** The operand with its scales as values. Disposes a tensor of scales. */
export async function withReadScales(operand: Operand): Promise<ReadOperand> {
  const read = await readScales(operand);
  if (operand.scales instanceof tf.Tensor) operand.scales.dispose();
  return read;
}

/** Calls a function with both operands `withExampleScales`, then disposes what was dequantized. */
export async function usingExampleScales<T>(
  first: ReadOperand,
  second: ReadOperand,
  use: (first: ReadOperand, second: ReadOperand) => Promise<T>,
): Promise<T> {
  const [a, b] = [withExampleScales(first), withExampleScales(second)];
  try {
    return await use(a, b);
  } finally {
    // Otherwise the codes are the operand's own.
    if (a.codes !== first.codes) a.codes.dispose();
    if (b.codes !== second.codes) b.codes.dispose();
  }
}

/** Number of blocks in a row of the last axis. */
export function blocksInRow(rowLength: number, blockSize: number): number {
  return Math.ceil(rowLength / blockSize);
}

/**
 * The operand with scales that do not vary within an example: itself, or dequantized if it has a
 * scale per channel or block. Call it in a tidy (or use `usingExampleScales`), which disposes what
 * is dequantized: returning an owned copy of the codes would cost a pass over them.
 */
export function withExampleScales<T extends Operand>(operand: T): Operand & Pick<T, 'scales'> {
  return operand.scaleLayout === undefined ? operand : { codes: dequantize(operand), scales: null };
}

/**
 * `values` with zeros for the examples whose entry in `keep` is 0. They are selected, not
 * multiplied, because 0·NaN is NaN. The caller owns the result.
 *
 * @param values first axis: examples
 */
export function selectExamples<T extends tf.Tensor>(values: T, keep: Uint8Array): T {
  if (values.size === 0) return tf.clone(values);
  return tf.tidy(() => {
    // As a matrix, because some backends cannot select along more axes.
    const rows = tf.reshape(values, [keep.length, -1]);
    const condition = tf.tensor(keep, [keep.length, 1], 'bool');
    return tf.reshape(tf.where(condition, rows, tf.zerosLike(rows)), values.shape) as T;
  });
}

/**
 * The operand with zeros for the examples whose entry in `keep` is 0 (see `selectExamples`). The
 * caller owns the codes of the result.
 */
export function keepExamples(operand: ReadOperand, keep: Uint8Array): ReadOperand {
  const { codes, scales } = operand;
  const count = keep.length;
  // Scales of examples and of blocks are stored example after example; a single example may have a
  // single scale.
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

/**
 * `scales` as a tensor that broadcasts against a tensor of `rank` whose first axis is the example.
 */
export function perExample(scales: Float32Array | tf.Tensor1D, rank: number): tf.Tensor {
  const isTensor = scales instanceof tf.Tensor;
  const shape = new Array<number>(rank).fill(1);
  if (rank > 0) shape[0] = isTensor ? scales.size : scales.length;
  return isTensor ? tf.reshape(scales, shape) : tf.tensor(scales, shape, 'float32');
}
