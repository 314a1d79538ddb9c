import * as tf from '@tensorflow/tfjs-core';
import type { GradientNormOptions } from './gradientNormBounds.ts';
import { unitRoundoff } from './squaredNorms.ts';

/**
 * Names of the kernels that take the norms of per-example weight gradients AᵀB, where A are an example's
 * inputs and B its output gradients at T positions. A backend that has one registered is handed every
 * batch of operands; elsewhere plain loops take the norms, as they do for an example of which the
 * kernel says too little.
 *
 * Inputs are float32. The output [n, 3, 2] is int32: the bits of the float64 values ‖AᵀB‖², ‖A‖², ‖B‖²
 * of every example. AᵀB has the roundings of a float32 matrix product and is squared in float64; with
 * the attribute `isGhost` it is a ghost sum in float64. The attribute `areIntegers` says that inputs are whole
 * numbers whose inner products, over positions or within A and B, stay below 2³¹: int32 sums of them are exact.
 * - `MatMulGradientNorms`: `a` [n, …, p], `dy` [n, …, d].
 * - `Conv2DGradientNorms`: `a` and `dy` NHWC, attributes also `filterShape`, `strides`, `pad` ('same',
 *   'valid'); A are the unfolded windows of `a`.
 */
export const gradientNormKernels = {
  matMul: 'MatMulGradientNorms',
  conv2d: 'Conv2DGradientNorms',
} as const;

/**
 * Names of the same kernels for devices without float64. The output [n, 3, parts] is float32: the addends
 * of ‖AᵀB‖², ‖A‖², ‖B‖² of every example, which are added up in float64; `isGhost` says nothing to them.
 *
 * An addend of ‖AᵀB‖² is the sum of squares of entries with the roundings of a float32 matrix product, and
 * is too small by at most 32·2⁻²⁴ of itself; one of ‖A‖² and ‖B‖² by at most (T + 64)·2⁻²⁴. A square, a
 * product or a partial sum below 2⁻¹²⁶ may count as zero.
 */
export const gradientNormPartKernels = {
  matMul: 'MatMulGradientNormParts',
  conv2d: 'Conv2DGradientNormParts',
} as const;

/** Smallest normal float32. */
const smallestNormal = 2 ** -126;

export interface SquaredNorms {
  /** ‖AᵀB‖², ‖A‖², ‖B‖² of every example, upper bounds of what the kernel found where it is float32. */
  readonly values: Float64Array;
  /** Whether the first is a ghost sum in float64. */
  readonly isGhostSum: boolean;
}

/** What the current backend's kernel finds, or null where it has none. */
export async function squaredNormsOfKernel(
  a: tf.Tensor,
  dy: tf.Tensor,
  hints: { readonly isGhost: boolean; readonly areIntegers: boolean },
  options: GradientNormOptions,
): Promise<SquaredNorms | null> {
  const { attributes } = options;
  const [kernel, partKernel] = [
    gradientNormKernels[options.kernel],
    gradientNormPartKernels[options.kernel],
  ];
  const isThere = (name: string) => tf.getKernel(name, tf.getBackend()) !== undefined;
  const run = async (name: string) => {
    const found = tf.engine().runKernel(name, { a, dy }, { ...attributes, ...hints }) as tf.Tensor;
    const values = await found.data();
    found.dispose();
    return values;
  };
  if (isThere(kernel)) {
    const words = (await run(kernel)).slice();
    return { values: new Float64Array(words.buffer), isGhostSum: hints.isGhost };
  }
  if (!isThere(partKernel)) return null;
  const parts = (await run(partKernel)) as Float32Array;
  return { values: addedUp(parts, a.shape[0]!, options), isGhostSum: false };
}

/** Sums of the parts, enlarged by what they may be too small by. */
function addedUp(
  parts: Float32Array,
  examples: number,
  { positions, p, d }: GradientNormOptions,
): Float64Array {
  const ofProduct = { share: 32 * unitRoundoff, count: (positions + 2) ** 2 * p * d };
  const factorShare = (positions + 64) * unitRoundoff;
  const losses = [
    ofProduct,
    { share: factorShare, count: 2 * positions * p },
    { share: factorShare, count: 2 * positions * d },
  ];
  const length = parts.length / (3 * examples);
  return Float64Array.from({ length: 3 * examples }, (_, row) => {
    let sum = 0;
    for (let i = row * length; i < (row + 1) * length; i++) sum += parts[i]!;
    const { share, count } = losses[row % 3]!;
    return sum * (1 + share) + count * smallestNormal;
  });
}
