import type * as tf from '@tensorflow/tfjs-core';
import type { GradientNormAttributes, GradientNormOperands } from './gradientNormOperations.ts';
import { smallestNormal } from './roundingBounds.ts';
import { unitRoundoff, type ProductSizes } from './squaredNorms.ts';

/** The norms of a batch, or their parts; null if the backend has no kernel for them. */
type NormKernel = (
  operands: GradientNormOperands,
  attributes: GradientNormAttributes,
) => tf.Tensor | null;

export interface NormKernelOptions {
  /** One of `gradientNormOperations`. */
  readonly norms: NormKernel;
  /** The same one of `gradientNormPartOperations`. */
  readonly normParts: NormKernel;
  /** Sizes of one example. */
  readonly sizes: ProductSizes;
}

export interface SquaredNorms {
  /** ‖AᵀB‖², ‖A‖², ‖B‖² of every example; upper bounds if the kernel computed them in float32. */
  readonly values: Float64Array;
  /** Whether they were squared and added up in float64. */
  readonly isFloat64: boolean;
  /** Whether ‖AᵀB‖² is a ghost sum. */
  readonly isGhostSum: boolean;
}

/** The result of the current backend's kernel, or null if it has none. */
export async function squaredNormsByKernel(
  operands: GradientNormOperands,
  attributes: GradientNormAttributes,
  options: NormKernelOptions,
): Promise<SquaredNorms | null> {
  const norms = options.norms(operands, attributes);
  if (norms) {
    const words = (await valuesOf(norms)).slice();
    const values = new Float64Array(words.buffer);
    return { values, isFloat64: true, isGhostSum: attributes.isGhost };
  }
  const normParts = options.normParts(operands, attributes);
  if (!normParts) return null;
  const parts = (await valuesOf(normParts)) as Float32Array;
  const values = summedParts(parts, operands.a.shape[0], options.sizes);
  return { values, isFloat64: false, isGhostSum: false };
}

/** The values of a tensor, which is disposed. */
async function valuesOf(tensor: tf.Tensor) {
  const values = await tensor.data();
  tensor.dispose();
  return values;
}

/** Sums of the parts, increased by the greatest amount by which they may be too small. */
function summedParts(
  parts: Float32Array,
  examples: number,
  { positions, p, d }: ProductSizes,
): Float64Array {
  const ofProduct = { share: 96 * unitRoundoff, count: (positions + 2) ** 2 * p * d };
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
