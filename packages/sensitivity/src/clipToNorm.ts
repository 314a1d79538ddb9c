/**
 * Scales a vector down to an L2 norm, in place, if it is longer; one that is not finite becomes 0.
 *
 * @returns the vector
 */
export function clipToNorm(vector: Float64Array, clipNorm: number): Float64Array {
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!Number.isFinite(norm)) return vector.fill(0);
  if (norm <= clipNorm) return vector;
  // The margin is for the rounding of factor and products.
  const factor = (clipNorm / norm) * (1 - 2 ** -50);
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! * factor;
  return vector;
}

/** The number itself, if it can bound a norm. */
export function requireClipNorm(clipNorm: number): number {
  if (clipNorm > 0 && clipNorm < Infinity) return clipNorm;
  throw new RangeError(`clipNorm: expected a positive number, got ${clipNorm}`);
}
