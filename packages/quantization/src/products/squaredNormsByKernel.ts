import type * as tf from '@tensorflow/tfjs-core';
import type { GradientNormAttributes, GradientNormOperands } from './gradientNormOperations.ts';
import { unitRoundoff } from './squaredNorms.ts';

/** Smallest normal float32. */
const smallestNormal = 2 ** -126;

/** Gives the norms of a batch, or their parts; null where the backend has no kernel for it. */
type NormKernel = (
  operands: GradientNormOperands,
  attributes: GradientNormAttributes,
) => tf.Tensor | null;

export interface NormKernelOptions {
  /** One of `gradientNormOperations`. */
  readonly norms: NormKernel;
  /** The same one of `gradientNormPartOperations`. */
  readonly normParts: NormKernel;
  /** The sizes of an example's A, T×p, and B, T×d. */
  readonly positions: number;
  readonly p: number;
  readonly d: number;
}

export interface SquaredNorms {
  /**
   * ‖AᵀB‖², ‖A‖², ‖B‖² of every example, upper bounds of what the kernel found where it is float32.
   */
  readonly values: Float64Array;
  /** Whether the first is a ghost sum in float64. */
  readonly isGhostSum: boolean;
}

/** What the current backend's kernel finds, or null where it has none. */
export async function squaredNormsByKernel(
  operands: GradientNormOperands,
  attributes: GradientNormAttributes,
  options: NormKernelOptions,
): Promise<SquaredNorms | null> {
  const norms = options.norms(operands, attributes);
  if (norms) {
    const words = (await valuesOf(norms)).slice();
    return { values: new Float64Array(words.buffer), isGhostSum: attributes.isGhost };
  }
  const normParts = options.normParts(operands, attributes);
  if (!normParts) return null;
  const parts = (await valuesOf(normParts)) as Float32Array;
  return { values: addedUp(parts, operands.a.shape[0], options), isGhostSum: false };
}

/** The values of a tensor, which is disposed of. */
async function valuesOf(tensor: tf.Tensor) {
  const values = await tensor.data();
  tensor.dispose();
  return values;
}

/** Sums of the parts, enlarged by what they may be too small by. */
function addedUp(
  parts: Float32Array,
  examples: number,
  { positions, p, d }: NormKernelOptions,
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
