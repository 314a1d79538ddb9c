/** Grid units per sensitivity, the same as for gradients. */
const gridUnitsInSensitivity = 2 ** 20;

/** The real value of one grid unit. */
export function gridUnit(sensitivity: number): number {
  return sensitivity / gridUnitsInSensitivity;
}

/**
 * Converts a vector to whole numbers of grid units, scaled down to the clip norm if it is longer; a
 * vector that is not finite becomes 0.
 *
 * Guarantee: the L2 norm of the result is at most `clipNorm`/`unit`. Rounding n values to whole
 * numbers adds up to √n/2 to the norm; the clip target is lower by that and by one more unit for
 * float64 rounding errors.
 *
 * @param unit the real value of one grid unit. Default: that of a sensitivity of `clipNorm`
 * @throws RangeError if there are too many values for a positive clip target
 */
export function clipToGrid(
  vector: Float64Array,
  clipNorm: number,
  unit: number = gridUnit(clipNorm),
): Float64Array {
  const unitsInClipNorm = clipNorm / unit;
  const most = unitsInClipNorm - Math.sqrt(vector.length) / 2 - 1;
  if (!(most >= unitsInClipNorm / 2)) {
    throw new RangeError(
      `candidates: ${vector.length} are too many for one analysis; compare fewer layers or groups of them`,
    );
  }
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(norm)) return vector.map(() => 0);
  const factor = most / Math.max(norm, clipNorm);
  return vector.map((value) => roundHalfToEven(value * factor));
}

/** For magnitudes below 2⁵¹. */
function roundHalfToEven(value: number): number {
  return value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
}

/**
 * Returns `clipNorm`.
 *
 * @throws RangeError unless it is from 2⁻⁶⁰ to 2⁶⁰
 */
export function requireClipNorm(clipNorm: number): number {
  if (clipNorm >= 2 ** -60 && clipNorm <= 2 ** 60) return clipNorm;
  throw new RangeError(`clipNorm: expected a number from 2^-60 to 2^60, got ${clipNorm}`);
}
