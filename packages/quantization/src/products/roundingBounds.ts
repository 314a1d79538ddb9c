import { unitRoundoff, type ProductSizes } from './squaredNorms.ts';

/** Half the distance from 1 to the next float64. */
const unitRoundoff64 = 2 ** -53;

/** Smallest normal float32. */
export const smallestNormal = 2 ** -126;

/**
 * Longest inputs of an example, as a square. With longer ones the gradient cannot be scaled down in
 * float32: at a single position scaled elements of B are rounded to multiples of 2⁻¹⁴⁹, and A
 * multiplies that.
 */
const longestInputsSquared = 2 ** 120;

/** Largest ‖A‖²‖B‖²: sums over positions stay below 2¹²⁰ in float32, whatever their order is. */
const largestSquaredFactors = 2 ** 240;

/**
 * Inputs at a single position count as this long at least, as a square: an element of B times the
 * factor, which is at most 2²⁰ over the bound, then stays below 2¹²⁰.
 */
const shortestInputsSquared = 2 ** -200;

/** Share of a squared norm that float64 may lose before its sum is computed in another way. */
const largestLoss = 2 ** -10;

/** ‖A‖² and ‖B‖² of an example, in float64. */
export interface SquaredFactors {
  readonly ofA: number;
  readonly ofB: number;
}

/**
 * Whether the gradient AᵀB, also times a factor, is in the range of float32; false where an operand
 * is not finite.
 */
export function fitsFloat32({ ofA, ofB }: SquaredFactors): boolean {
  return ofA <= longestInputsSquared && ofA * ofB <= largestSquaredFactors;
}

/** Upper bound of ‖AᵀB‖² at a single position, where it is ‖A‖²‖B‖². */
export function singlePositionBound({ ofA, ofB }: SquaredFactors): number {
  return Math.max(ofA, shortestInputsSquared) * ofB * (1 + 8 * unitRoundoff);
}

/**
 * How far a product formed in float32 can be from AᵀB, in the Frobenius norm: γ_T·‖A‖‖B‖, γ_T =
 * Tu/(1 − Tu), in whatever order it is summed, fused or not (Higham, Accuracy and Stability of
 * Numerical Algorithms, 2002, sections 3.1 and 3.5); plus the underflow below 2⁻¹²⁶ of operands,
 * products and partial sums. One more rounding is counted for ‖A‖ and ‖B‖ themselves.
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

/** The same of a product formed in float64. */
export function float64Distance({ positions }: ProductSizes, { ofA, ofB }: SquaredFactors): number {
  return 2 * positions * unitRoundoff64 * Math.sqrt(ofA * ofB);
}

/** Upper bound of √Σ of p·d squares, from their sum in float64. */
export function rootOfSquares(sum: number, { p, d }: ProductSizes): number {
  return Math.sqrt(sum * (1 + 2 * p * d * unitRoundoff64));
}

/**
 * Upper bound of ‖AᵀB‖ from a ghost sum in float64, whose roundings are at most n·2⁻⁵³·‖A‖²‖B‖², n
 * = p + d + T²/2 + 4. Null where that is too large relative to the sum, which is then mostly
 * cancelled.
 */
export function ghostNormBound(
  sum: number,
  { positions, p, d }: ProductSizes,
  { ofA, ofB }: SquaredFactors,
): number | null {
  const rounding = (p + d + positions ** 2 / 2 + 4) * unitRoundoff64 * ofA * ofB;
  return rounding <= largestLoss * sum ? Math.sqrt(sum + rounding) : null;
}
