import * as tf from '@tensorflow/tfjs-core';
import { usingExampleScales, type ReadOperand } from '../operand.ts';
import { addRounded } from './addRounded.ts';
import { areIntegers } from './integerOperations.ts';
import type { LinearProduct } from './linearProduct.ts';
import type { RoundedSumAttributes } from './roundedSumOperations.ts';
import { foldedFactors } from './scales.ts';
import type { ProductSizes } from './squaredNorms.ts';

/** Greatest number of values in the operands or the gradients of one chunk of examples. */
const mostValuesOfChunk = 2 ** 22;

/** Divisor that splits a rounded gradient into two parts whose sums are exact in float32. */
const halves = 1024;

export interface RoundedSumOptions {
  /** Sizes of one example. */
  readonly sizes: ProductSizes;
  /** One of `roundedSumOperations`; null if the backend has no kernel for it. */
  readonly byKernel: (
    operands: { a: tf.Tensor; dy: tf.Tensor },
    attributes: RoundedSumAttributes,
  ) => tf.Tensor | null;
  /** The operands of some examples as matrices; the caller owns them. */
  readonly unfold: LinearProduct['unfold'];
}

/**
 * Σ_i rint(fl(factor_i·g_i)) over the examples, as defined by `roundedSumOperations`, by the
 * backend's kernel if it has one.
 *
 * Otherwise a plain loop sums the products of a single position. For more positions it is composed
 * of TensorFlow.js operations, chunk by chunk: a batched matrix product, which keeps examples
 * independent, its rounding, and sums that stay exact in float32. Integers are then multiplied in
 * float32.
 *
 * @param factors one per example, for its gradient with its scales
 */
export async function roundedSum(
  inputs: ReadOperand,
  outputGradients: ReadOperand,
  factors: Float32Array,
  options: RoundedSumOptions,
): Promise<Int32Array> {
  return usingExampleScales(inputs, outputGradients, async (a, dy) => {
    const folded = foldedFactors(a.scales, dy.scales, factors);
    const { positions } = options.sizes;
    const sum = options.byKernel(
      { a: a.codes, dy: dy.codes },
      { factors: folded, areIntegers: positions > 1 && areIntegers(a, dy, positions) },
    );
    if (sum === null) {
      const ofOperands = positions > 1 ? composedSum : singlePositionSum;
      return ofOperands(a.codes, dy.codes, folded, options);
    }
    const values = (await sum.data()) as Int32Array;
    sum.dispose();
    return values;
  });
}

/**
 * Σ_i rint(fl(a·fl(factor·b))), where a are the pixels under the filter, which may be a part of the
 * image.
 */
async function singlePositionSum(
  a: tf.Tensor,
  dy: tf.Tensor,
  factors: Float32Array,
  { sizes, unfold }: RoundedSumOptions,
): Promise<Int32Array> {
  const { p, d } = sizes;
  const { inputs, outputGradients } = unfold(a, dy);
  const [x, b] = await Promise.all([inputs.data<'float32'>(), outputGradients.data<'float32'>()]);
  tf.dispose([inputs, outputGradients]);
  const sum = new Int32Array(p * d);
  factors.forEach((factor, example) => {
    if (factor === 0) return;
    const scaled = b.subarray(example * d, (example + 1) * d).map((value) => value * factor);
    for (let i = 0; i < p; i++) addRounded(sum, scaled, x[example * p + i]!, i * d);
  });
  return sum;
}

/** Examples with factor 0 are left out by selection, because 0·NaN is NaN. */
async function composedSum(
  a: tf.Tensor,
  dy: tf.Tensor,
  factors: Float32Array,
  { sizes, unfold }: RoundedSumOptions,
): Promise<Int32Array> {
  const { positions, p, d } = sizes;
  const size = p * d;
  const sum = new Int32Array(size);
  const counted = Uint32Array.from(factors.keys()).filter((i) => factors[i] !== 0);
  const valuesOfExample = Math.max(size, positions * (p + d));
  const mostExamples = Math.max(1, Math.floor(mostValuesOfChunk / Math.max(1, valuesOfExample)));
  const length = Math.min(factors.length, mostExamples);
  for (let start = 0; start < counted.length; start += length) {
    const examples = counted.subarray(start, start + length);
    const parts = tf.tidy(() => sumOfChunk(a, dy, factors, examples, length, unfold));
    const values = await parts.data();
    parts.dispose();
    for (let i = 0; i < size; i++) sum[i]! += halves * values[i]! + values[size + i]!;
  }
  return sum;
}

/**
 * The sum of some examples in two parts, [2, size]: the quotients by `halves`, and the remainders.
 * Whole numbers of magnitude 2²² have parts of at most 2¹², so sums of 2047 of them stay below 2²⁴.
 *
 * @param length length to which the chunk is padded, because a backend's result may depend on the
 *   batch size
 */
function sumOfChunk(
  a: tf.Tensor,
  dy: tf.Tensor,
  factors: Float32Array,
  examples: Uint32Array,
  length: number,
  unfold: LinearProduct['unfold'],
): tf.Tensor {
  const places = new Int32Array(length).fill(examples[0]!);
  places.set(examples);
  const indices = tf.tensor1d(places, 'int32');
  const factor = tf.tensor3d(
    Float32Array.from(places, (example) => factors[example]!),
    [length, 1, 1],
  );
  const { inputs, outputGradients } = unfold(tf.gather(a, indices), tf.gather(dy, indices));
  const gradients = tf.matMul(inputs, outputGradients, true, false);
  const rounded = tf.round(tf.mul<tf.Tensor3D>(gradients, factor));
  const ofExamples = tf.slice(rounded, [0, 0, 0], [examples.length, -1, -1]);
  const high = tf.round(tf.mul(ofExamples, 1 / halves));
  const low = tf.sub(ofExamples, tf.mul(high, halves));
  return tf.stack([tf.sum(high, 0), tf.sum(low, 0)]);
}

/** [rows, columns] → [columns, rows]. */
export function transposed(values: Int32Array, rows: number, columns: number): Int32Array {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}
