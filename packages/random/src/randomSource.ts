/** A stream of random bits. */
export interface RandomSource {
  /** The next 32 random bits as an unsigned integer. */
  uint32(): number;
}

/** Uniform in [0, 1), a multiple of 2⁻⁵³. */
export function uniform(source: RandomSource): number {
  const high = source.uint32() >>> 5;
  const low = source.uint32() >>> 6;
  return (high * 2 ** 26 + low) / 2 ** 53;
}

/**
 * Uniform over 0 … `bound` − 1, without modulo bias.
 *
 * @param bound a whole number from 1 to 2³²
 */
export function uniformInteger(source: RandomSource, bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
    throw new RangeError(`bound: expected a whole number from 1 to 2^32, got ${String(bound)}`);
  }
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const bits = source.uint32();
    if (bits < limit) return bits % bound;
  }
}
