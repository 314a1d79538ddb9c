/** Grid units in a sensitivity, as of gradients. */
const gridUnitsInSensitivity = 2 ** 20;

/** The real value of one grid unit. */
export function gridUnit(sensitivity: number): number {
  return sensitivity / gridUnitsInSensitivity;
}

/**
 * A vector in whole numbers of grid units, scaled down where it is longer than the clip norm; one
 * that is not finite becomes 0.
 *
 * Guarantee: its L2 norm is `clipNorm`/`unit` at most. Rounding to whole numbers adds up to √n/2 to
 * the norm of n values, and vectors are scaled down to make room for it and for one unit more, for
 * the roundings of float64.
 *
 * @param unit the real value of one grid unit; that of the clip norm if left out
 * @throws RangeError for so many values that nothing would be left
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

/** Of a magnitude below 2⁵¹. */
function roundHalfToEven(value: number): number {
  return value + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
}

/** The number itself, if it can bound a norm. */
export function requireClipNorm(clipNorm: number): number {
  if (clipNorm >= 2 ** -60 && clipNorm <= 2 ** 60) return clipNorm;
  throw new RangeError(`clipNorm: expected a number from 2^-60 to 2^60, got ${clipNorm}`);
}
