import * as tf from '@tensorflow/tfjs-core';
import {
  fitsFloat32,
  float32Distance,
  float64Distance,
  ghostNormBound,
  rootOfSquares,
  singlePositionBound,
  type SquaredFactors,
} from './roundingBounds.ts';
import {
  ghostSquaredNorm,
  instantiatedSquaredNorm,
  squaredNorm,
  usesGhostNorm,
  type NormMethod,
  type ProductSizes,
} from './squaredNorms.ts';

/** From this many multiplications on, the backend's matrix product is faster than plain loops. */
const fewestMultiplications = 2 ** 18;

/** Greatest relative looseness of a norm bound from float32; beyond it, float64 is used. */
const largestLooseness = 2 ** -7;

/**
 * How ‖AᵀB‖² was computed:
 * - `summed`: from exactly the float32 values that are rounded and summed;
 * - `exact`: from a product of whole numbers without rounding;
 * - `float32` and `float64`: from a product with its own rounding errors;
 * - `ghost`: by a ghost sum in float64.
 */
export type NormOrigin = 'summed' | 'exact' | 'float32' | 'float64' | 'ghost';

/** Properties of a gradient AᵀB and its sum. */
export interface GradientFormation {
  readonly sizes: ProductSizes;
  /** Whether the product is exact in float32, in any order of summation. */
  readonly isExactInFloat32: boolean;
  /**
   * Whether the summed gradient is AᵀB without rounding, except for the rounding of a whole number
   * to float32.
   */
  readonly isSumExact: boolean;
}

/**
 * Upper bound of ‖g‖², g the float32 values of AᵀB that are rounded and summed (see
 * `gradientNormBoundOf`). Large products are formed by the backend's float32 matrix product. If its
 * rounding would loosen the bound by more than 2⁻⁷, for example under cancellation, or if a ghost
 * sum cancels, the product is formed in float64.
 *
 * @param a T×p, row after row
 * @param b T×d, row after row
 */
export async function gradientNormBound(
  a: Float32Array,
  b: Float32Array,
  formation: GradientFormation,
  method: NormMethod = 'cheaper',
): Promise<number> {
  const { sizes, isExactInFloat32 } = formation;
  const { positions, p, d } = sizes;
  const factors = { ofA: squaredNorm(a), ofB: squaredNorm(b) };
  const boundOf = (squared: number, origin: NormOrigin) =>
    gradientNormBoundOf(squared, factors, origin, formation);
  // Neither depends on the squared norm.
  if (!fitsFloat32(factors) || positions === 1) return boundOf(NaN, 'float64')!;
  const isGhost = usesGhostNorm(method, sizes);
  if (!isGhost && positions * p * d >= fewestMultiplications) {
    const squared = await squaredProductNorm(a, b, sizes);
    const bound = boundOf(squared, isExactInFloat32 ? 'exact' : 'float32');
    if (bound !== null) return bound;
  }
  const [a64, b64] = [new Float64Array(a), new Float64Array(b)];
  if (isGhost) {
    const bound = boundOf(ghostSquaredNorm(a64, b64, sizes), 'ghost');
    if (bound !== null) return bound;
  }
  return boundOf(instantiatedSquaredNorm(a64, b64, sizes), 'float64')!;
}

/**
 * Upper bound of ‖g‖², g the float32 values of AᵀB that are rounded and summed: the computed norm,
 * its own rounding errors and those of the sum, all in the worst case. Null where the result is too
 * inaccurate: where a ghost sum cancels, and where float32 would loosen the bound by more than 2⁻⁷
 * or has overflowed.
 *
 * NaN, which leaves the example out, if an operand is not finite or so long that float32 could
 * overflow.
 *
 * @param squared ‖AᵀB‖²
 */
export function gradientNormBoundOf(
  squared: number,
  factors: SquaredFactors,
  origin: NormOrigin,
  { sizes, isSumExact }: GradientFormation,
): number | null {
  if (!fitsFloat32(factors)) return NaN;
  if (sizes.positions === 1) return singlePositionBound(factors);
  if (factors.ofA * factors.ofB === 0) return 0;
  const ofSum = isSumExact ? 0 : float32Distance(sizes, factors);
  if (origin === 'ghost') {
    const norm = ghostNormBound(squared, sizes, factors);
    return norm === null ? null : (norm + ofSum) ** 2;
  }
  const norm = rootOfSquares(squared, sizes);
  switch (origin) {
    case 'summed':
      return norm ** 2;
    case 'exact':
      return (norm + ofSum) ** 2;
    case 'float64':
      return (norm + float64Distance(sizes, factors) + ofSum) ** 2;
    case 'float32': {
      const own = float32Distance(sizes, factors);
      const saysEnough = norm < Infinity && own <= largestLooseness * norm;
      return saysEnough ? (norm + own + ofSum) ** 2 : null;
    }
  }
}

/** ‖BᵀA‖², formed in float32 and squared in float64. B is transposed because it is smaller. */
async function squaredProductNorm(
  a: Float32Array,
  b: Float32Array,
  { positions, p, d }: ProductSizes,
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
