import { unitRoundoff, type ProductSizes } from './squaredNorms.ts';

/** Unit roundoff of float64: half the distance from 1 to the next number. */
const unitRoundoff64 = 2 ** -53;

/** Smallest normal float32. */
export const smallestNormal = 2 ** -126;

/**
 * Greatest squared length of an example's inputs. With longer ones the gradient cannot be scaled
 * down in float32: with a single position, scaled elements of B are rounded to multiples of 2⁻¹⁴⁹,
 * and A multiplies the error.
 */
const longestInputsSquared = 2 ** 120;

/** Largest ‖A‖²‖B‖²: sums over positions then stay below 2¹²⁰ in float32, in any order. */
const largestSquaredFactors = 2 ** 240;

/**
 * Least squared length assumed for inputs with a single position: an element of B times the factor,
 * which is at most 2²⁰ divided by the bound, then stays below 2¹²⁰.
 */
const shortestInputsSquared = 2 ** -200;

/** Relative error of a squared norm in float64 beyond which it is computed in another way. */
const largestLoss = 2 ** -10;

/** ‖A‖² and ‖B‖² of an example, in float64. */
export interface SquaredFactors {
  readonly ofA: number;
  readonly ofB: number;
}

/**
 * Whether the gradient AᵀB, also times a factor, stays in the range of float32; false if an operand
 * is not finite.
 */
export function fitsFloat32({ ofA, ofB }: SquaredFactors): boolean {
  return ofA <= longestInputsSquared && ofA * ofB <= largestSquaredFactors;
}

/** Upper bound of ‖AᵀB‖² with a single position, where it is ‖A‖²‖B‖². */
export function singlePositionBound({ ofA, ofB }: SquaredFactors): number {
  return Math.max(ofA, shortestInputsSquared) * ofB * (1 + 8 * unitRoundoff);
}

/**
 * Bound of the error of a product AᵀB computed in float32, in the Frobenius norm: γ_T·‖A‖‖B‖ with
 * γ_T = Tu/(1 − Tu), in any order of summation, with or without fused operations (Higham, Accuracy
 * and Stability of Numerical Algorithms, 2002, sections 3.1 and 3.5), plus the underflow below
 * 2⁻¹²⁶ of operands, products and partial sums. One more rounding is counted for ‖A‖ and ‖B‖
 * themselves.
 */
export function float32Distance(
  { positions, p, d }: ProductSizes,
  { ofA, ofB }: SquaredFactors,
): number {
  const [a, b] = [Math.sqrt(ofA), Math.sqrt(ofB)];
  const share = (positions + 1) * unitRoundoff;
  if (share >= 1) return Infinity;
  const lost =
    2 * positions * Math.sqrt(p * d) + Math.sqrt(positions * p) * b + Math.sqrt(positions * d) * a;
  return (share / (1 - share)) * a * b + smallestNormal * lost;
}

/** The same for a product computed in float64. */
export function float64Distance({ positions }: ProductSizes, { ofA, ofB }: SquaredFactors): number {
  return 2 * positions * unitRoundoff64 * Math.sqrt(ofA * ofB);
}

/** Upper bound of √Σ of p·d squares, from their sum in float64. */
export function rootOfSquares(sum: number, { p, d }: ProductSizes): number {
  return Math.sqrt(sum * (1 + 2 * p * d * unitRoundoff64));
}

/**
 * Upper bound of ‖AᵀB‖ from a ghost sum in float64, whose rounding error is at most
 * n·2⁻⁵³·‖A‖²‖B‖², n = p + d + T²/2 + 4. Null if the error is too large relative to the sum, which
 * then has mostly cancelled.
 */
export function ghostNormBound(
  sum: number,
  { positions, p, d }: ProductSizes,
  { ofA, ofB }: SquaredFactors,
): number | null {
  const rounding = (p + d + positions ** 2 / 2 + 4) * unitRoundoff64 * ofA * ofB;
  return rounding <= largestLoss * sum ? Math.sqrt(sum + rounding) : null;
}
