/**
 * Clipped gradients are summed as whole numbers, in units of a public grid: a sum is then exact,
 * the same in any order and on any number of threads or machines, and adding a unit adds that
 * unit's own whole numbers.
 *
 * One grid unit is C·2⁻²⁰ for a clip norm C. A unit adds z = rint(fl(f·g)), where g is the float32
 * gradient that is summed and f its factor in grid units (`gridFactors`). ‖z‖ is at most 2²⁰, so
 * that the sensitivity is exactly C.
 */

/** Grid units in the clip norm. */
export const gridUnitsInClipNorm = 2 ** 20;

/** Number of units whose whole numbers fit in an int32 sum: 2047·2²⁰ < 2³¹. */
export const mostUnitsOfInt32Sum = 2047;

/**
 * The most that all float32 roundings of a unit's part can add to its norm, in grid units: the
 * factor, its product with scales, the conversion of an integer sum, the product with the gradient,
 * and the loss below 2⁻¹²⁶ add up to 8·2⁻²⁴·2²⁰ = ½.
 */
const roundingAllowance = 1;

/** Smallest normal float32. */
const smallestFactor = 2 ** -126;

/** Largest share of the clip norm that may be lost by rounding to the grid. */
const largestLoss = 0.05;

/** Clip norms for which factors in grid units are float32 of full precision. */
export const clipNormRange = { smallest: 2 ** -60, greatest: 2 ** 60 };

/** The real value of one grid unit. */
export function gridUnit(clipNorm: number): number {
  requireClipNorm(clipNorm);
  return clipNorm / gridUnitsInClipNorm;
}

/** The real value of one unit of a sum; 1 without clipping, where sums are real values. */
export function unitOfSums(sensitivity: number): number {
  return sensitivity < Infinity ? gridUnit(sensitivity) : 1;
}

/**
 * Relative loss of the norm of gradients with `dimension` values: rounding to the grid changes each
 * value by at most half a grid unit, √dimension/2 in all, and gradients are scaled down to make
 * room for it.
 */
export function gridLoss(dimension: number): number {
  return (Math.sqrt(dimension) / 2 + roundingAllowance) / gridUnitsInClipNorm;
}

/**
 * Factors in grid units: those of a clipping rule, with the scale of the grid folded in.
 *
 * Guarantee: let a rule's factors c and upper bounds b of the norms of a unit's parts satisfy
 * √Σ(c·b)² ≤ C, C = `clipNorm`. Then the whole numbers rint(fl(f·g)) of all parts together have
 * norm at most 2²⁰.
 *
 * A factor outside float32's normal range becomes 0, which leaves the unit out: below 2⁻¹²⁶ its
 * relative rounding error may be large, and an infinite factor times zero is NaN, which would make
 * the whole sum NaN.
 *
 * @param factors one per unit, for one of its parts
 * @param dimension number of values of all parts together
 * @throws RangeError for a clip norm outside of 2⁻⁶⁰ … 2⁶⁰, or a gradient of so many values that
 *   the grid would cost more than 5 % of the clip norm
 */
export function gridFactors(
  factors: Float32Array,
  clipNorm: number,
  dimension: number,
): Float32Array {
  requireClipNorm(clipNorm);
  const loss = gridLoss(dimension);
  if (!(loss <= largestLoss)) {
    throw new RangeError(
      `gradient: ${dimension} values are too many for a grid of ${gridUnitsInClipNorm} units in the clip norm; ` +
        'train fewer weights',
    );
  }
  const scale = ((1 - loss) * gridUnitsInClipNorm) / clipNorm;
  return factors.map((factor) => {
    const scaled = Math.fround(factor * scale);
    return scaled >= smallestFactor && scaled < Infinity ? scaled : 0;
  });
}

function requireClipNorm(clipNorm: number): void {
  if (clipNorm >= clipNormRange.smallest && clipNorm <= clipNormRange.greatest) return;
  throw new RangeError(
    `clip norm: expected a number from 2^-60 to 2^60, got ${clipNorm}; scale the loss instead`,
  );
}
