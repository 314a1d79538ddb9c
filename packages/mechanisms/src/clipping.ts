/** Bounds what one privacy unit adds to a sum of gradients. */
export interface ClippingRule {
  readonly name: string;
  /** Greatest L2 norm by which one unit can change the clipped sum: what the noise is scaled to. */
  readonly sensitivity: number;
  /**
   * The factor of each unit's gradient.
   *
   * @param norms upper bounds of the gradients' L2 norms; not finite where a gradient is not
   * @returns one factor a unit; 0 for a gradient that is not finite
   */
  factors(norms: Float64Array): Float32Array;
}

/**
 * Share by which a factor stays below C/‖g‖, for the float32 roundings of the factor and of its
 * product with the gradient (each at most 2⁻²⁴ relative).
 */
const roundingMargin = 1 - 2 ** -20;

/**
 * Flat clipping (Abadi et al. 2016): the whole gradient of a unit is scaled down to norm
 * `clipNorm` if it is longer, and left as it is otherwise. Sensitivity: `clipNorm`, under adding or
 * removing one unit.
 */
export function flatClipping(clipNorm: number): ClippingRule {
  if (!(clipNorm > 0 && clipNorm < Infinity)) {
    throw new RangeError(`clip norm: expected a positive number, got ${clipNorm}`);
  }
  return {
    name: 'flat',
    sensitivity: clipNorm,
    factors: (norms) =>
      Float32Array.from(norms, (norm) =>
        Number.isFinite(norm) ? Math.min(1, (clipNorm / norm) * roundingMargin) : 0,
      ),
  };
}
