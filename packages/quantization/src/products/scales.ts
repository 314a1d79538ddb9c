import * as tf from '@tensorflow/tfjs-core';
import { perExample, type Operand, type ReadOperand } from '../operand.ts';

/** Smallest normal float32. */
const smallestNormal = 2 ** -126;

/** Products of two operands' scales, one an example, in float64. */
export function combineScales(
  first: Float32Array | null,
  second: Float32Array | null,
  examples: number,
): Float64Array {
  const at = (scales: Float32Array | null, i: number) =>
    scales === null ? 1 : scales[scales.length === 1 ? 0 : i]!;
  return Float64Array.from({ length: examples }, (_, i) => at(first, i) * at(second, i));
}

/** `y` times the scales of the two operands that it is the product of. */
export function applyScales(y: tf.Tensor, first: Operand, second: Operand): tf.Tensor {
  if (first.scales === null && second.scales === null) return y;
  if (first.scales instanceof tf.Tensor || second.scales instanceof tf.Tensor) {
    // The product of two float32 is exact in float64: both ways it is rounded once.
    const scales = [first.scales, second.scales].flatMap((of) =>
      of === null ? [] : perExample(of, y.rank),
    );
    return tf.mul(
      y,
      scales.reduce((a, b) => tf.mul(a, b)),
    );
  }
  const scales = combineScales(first.scales, second.scales, y.shape[0]!);
  return tf.mul(y, perExample(Float32Array.from(scales), y.rank));
}

/**
 * Codes of `dy` times each example's factor and both scales: nothing is quantized after clipping.
 * A factor of zero gives exact zeros only while the codes are finite. One that is no normal float32 becomes
 * zero: its rounding could be upwards, by more than a margin allows for.
 */
export function foldFactors(
  dy: ReadOperand,
  inputScales: Float32Array | null,
  factors: Float32Array,
): tf.Tensor {
  const scales = combineScales(inputScales, dy.scales, factors.length);
  return tf.mul(
    dy.codes,
    perExample(
      Float32Array.from(factors, (factor, i) => {
        const folded = factor * scales[i]!;
        return folded >= smallestNormal ? folded : 0;
      }),
      dy.codes.rank,
    ),
  );
}
