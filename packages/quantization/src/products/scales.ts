import * as tf from '@tensorflow/tfjs-core';
import { perExample, type Operand, type ReadOperand } from '../operand.ts';
import { smallestNormal } from './roundingBounds.ts';

/** Products of two operands' scales, one per example, in float64. */
export function combineScales(
  first: Float32Array | null,
  second: Float32Array | null,
  examples: number,
): Float64Array {
  const at = (scales: Float32Array | null, i: number) =>
    scales === null ? 1 : scales[scales.length === 1 ? 0 : i]!;
  return Float64Array.from({ length: examples }, (_, i) => at(first, i) * at(second, i));
}

/**
 * The scales of a product of two operands' codes: float32 products of their scales, one per example
 * or a single one; null without scales. Call it in a tidy: the result may be an operand's own
 * tensor.
 */
export function scalesOfProduct(first: Operand, second: Operand): tf.Tensor1D | null {
  const [a, b] = [first.scales, second.scales];
  if (a === null || b === null) {
    const scales = a ?? b;
    return scales && asTensor(scales);
  }
  if (a instanceof tf.Tensor || b instanceof tf.Tensor) return tf.mul(asTensor(a), asTensor(b));
  // The product of two float32 values is exact in float64, so it is rounded once either way.
  return asTensor(Float32Array.from(combineScales(a, b, Math.max(a.length, b.length))));
}

function asTensor(scales: Float32Array | tf.Tensor1D): tf.Tensor1D {
  return scales instanceof tf.Tensor ? scales : tf.tensor1d(scales, 'float32');
}

/**
 * Each example's factor times both operands' scales, in float32, so that nothing is quantized after
 * clipping. A factor that is not a normal float32 becomes zero: a subnormal one could be rounded up
 * by more than the margin allows, and infinity times zero is NaN. NaN, such as a factor of zero
 * times a scale of NaN, becomes zero too.
 */
export function foldedFactors(
  inputScales: Float32Array | null,
  gradientScales: Float32Array | null,
  factors: Float32Array,
): Float32Array {
  const scales = combineScales(inputScales, gradientScales, factors.length);
  return Float32Array.from(factors, (factor, i) => {
    const folded = factor * scales[i]!;
    return folded >= smallestNormal && Math.fround(folded) < Infinity ? folded : 0;
  });
}

/**
 * Codes of `dy` times the folded factors. A factor of zero gives exact zeros only while the codes
 * are finite.
 */
export function foldFactors(
  dy: ReadOperand,
  inputScales: Float32Array | null,
  factors: Float32Array,
): tf.Tensor {
  const folded = foldedFactors(inputScales, dy.scales, factors);
  return tf.mul(dy.codes, perExample(folded, dy.codes.rank));
}
