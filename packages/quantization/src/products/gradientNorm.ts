import * as tf from '@tensorflow/tfjs-core';
import {
  cancellationLimit,
  squaredGradientNormBound,
  squaredNorm,
  unitRoundoff,
  usesGhostNorm,
  type NormMethod,
} from './squaredNorms.ts';

/** From so many multiplications on, a matrix product of the backend beats the plain loops. */
const fewestMultiplications = 2 ** 18;

/** Largest share of the norm by which float32 may loosen its bound; beyond, float64 takes over. */
const largestLooseness = 1e-4;

/**
 * Longest inputs of an example, as a square. With longer ones the gradient cannot be scaled down in
 * float32: scaled elements of B are rounded to multiples of 2⁻¹⁴⁹, and A multiplies that.
 */
export const longestInputsSquared = 2 ** 120;

/** Sums of integers up to here are exact in float32, in whatever order. */
const exactIntegers = 2 ** 24;

/**
 * Upper bound of ‖AᵀB‖² (see `squaredGradientNormBound`), which forms large products with the
 * backend's own float32 matrix product.
 *
 * Its rounding, (1 + √T)·2⁻²⁴·‖A‖‖B‖ in the same model as that of the summed gradient, is added once
 * more; it is nothing for integers whose sums stay below 2²⁴. Where it would loosen the bound by more
 * than 10⁻⁴, as where the product cancels, or where it overflows, the norm is taken in float64.
 *
 * NaN where A is longer than 2⁶⁰: such an example is to be left out, like one that is not finite.
 *
 * @param a T×p, row after row
 * @param b T×d, row after row
 * @param largestProduct of a code of A and one of B, if both are integers; otherwise infinity
 */
export async function gradientNormBound(
  a: Float32Array,
  b: Float32Array,
  positions: number,
  p: number,
  d: number,
  largestProduct: number,
  method: NormMethod = 'cheaper',
): Promise<number> {
  const ofA = squaredNorm(a);
  if (ofA > longestInputsSquared) return NaN;
  const isGhost = usesGhostNorm(method, positions, p, d);
  if (positions > 1 && !isGhost && positions * p * d >= fewestMultiplications) {
    const squared = await squaredProductNorm(a, b, positions, p, d);
    const factors = ofA * squaredNorm(b);
    const bound = gradientNormBoundOf(squared, factors, positions, largestProduct, false);
    if (bound !== null) return bound;
  }
  const [a64, b64] = [new Float64Array(a), new Float64Array(b)];
  return squaredGradientNormBound(a64, b64, positions, p, d, method);
}

/**
 * The bound from what a kernel found, or null where that says too little: where float32 would loosen
 * the bound by more than 10⁻⁴ or overflowed, and where a ghost sum cancels.
 *
 * @param squared ‖AᵀB‖²
 * @param squaredFactors ‖A‖²·‖B‖²
 * @param isGhost whether `squared` is a ghost sum in float64, instead of float32 sums squared in float64
 */
export function gradientNormBoundOf(
  squared: number,
  squaredFactors: number,
  positions: number,
  largestProduct: number,
  isGhost: boolean,
): number | null {
  if (positions === 1) return squaredFactors * (1 + 4 * unitRoundoff);
  const rounding = (1 + Math.sqrt(positions)) * unitRoundoff * Math.sqrt(squaredFactors);
  const norm = Math.sqrt(squared);
  if (isGhost) {
    return squared >= cancellationLimit * squaredFactors ? (norm + rounding) ** 2 : null;
  }
  const isExact = positions * largestProduct <= exactIntegers;
  const ownRounding = isExact ? 0 : rounding;
  const saysEnough = norm < Infinity && ownRounding <= largestLooseness * norm;
  return saysEnough ? (norm + ownRounding + rounding) ** 2 : null;
}

/** ‖BᵀA‖², formed in float32 and squared in float64. Bᵀ is the smaller one to turn. */
async function squaredProductNorm(
  a: Float32Array,
  b: Float32Array,
  positions: number,
  p: number,
  d: number,
): Promise<number> {
  const turned = new Float32Array(b.length);
  for (let t = 0; t < positions; t++) {
    for (let j = 0; j < d; j++) turned[j * positions + t] = b[t * d + j]!;
  }
  const factors = [tf.tensor2d(turned, [d, positions]), tf.tensor2d(a, [positions, p])] as const;
  const product = tf.matMul(...factors);
  const squared = squaredNorm(await product.data<'float32'>());
  tf.dispose([...factors, product]);
  return squared;
}
