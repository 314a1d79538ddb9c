import type { RoundingMode } from './numberFormat.ts';

// Local names: looking up a global in every cast is slow where globals are intercepted.
const { floor } = Math;

/**
 * Rounds m ≥ 0 to a whole number: the one place where formats round.
 *
 * Stochastic rounding goes up with a probability that is the fraction of m, from one word of 32
 * random bits, in one of two ways that LUQ-FP4 kernels can compute in a few instructions:
 * - `carry`: up if the word's upper 23 bits, as a fraction, and the fraction of m add up to 1 or
 *   more, as when the bits are added to a float32's mantissa and carry over;
 * - otherwise up if the word's upper 24 bits, as a fraction, are below the fraction of m.
 *
 * The expectation is m up to 2⁻²⁴ (2⁻²³ by carry), and exactly m where the fraction has no finer
 * bits.
 *
 * @param word 32 random bits, used by stochastic rounding
 * @param odd whether an even whole number has an odd code, so that ties go to even *codes*
 */
export function roundMagnitude(
  m: number,
  rounding: RoundingMode,
  word: number,
  carry: boolean,
  odd: boolean,
): number {
  const low = floor(m);
  const fraction = m - low;
  if (fraction === 0) return low;
  switch (rounding) {
    case 'nearest-even':
      if (fraction === 0.5) return low + ((low & 1) === (odd ? 0 : 1) ? 1 : 0);
      return fraction > 0.5 ? low + 1 : low;
    case 'stochastic':
      if (carry) return fraction + (word >>> 9) * 2 ** -23 >= 1 ? low + 1 : low;
      return word >>> 8 < fraction * 2 ** 24 ? low + 1 : low;
    case 'nearest-away':
      return fraction >= 0.5 ? low + 1 : low;
    case 'toward-zero':
      return low;
  }
}

/** The word of stochastic rounding; a missing one is an error, and other modes need none. */
export function requireWord(
  name: string,
  rounding: RoundingMode,
  word: number | undefined,
): number {
  if (word === undefined && rounding === 'stochastic') {
    throw new RangeError(`${name}: stochastic rounding needs 32 random bits; pass them as "word"`);
  }
  return word ?? 0;
}
