import type { RoundingMode } from './numberFormat.ts';

// Local names: looking up a global in every cast is slow where globals are intercepted.
const { floor } = Math;

/**
 * Rounds m ≥ 0 to a whole number. All formats round here.
 *
 * Stochastic rounding rounds up with a probability equal to the fraction of m. It takes one word of
 * 32 random bits and uses one of two methods, which kernels compute in a few instructions:
 * - `carry`: rounds up if the word's upper 23 bits, as a fraction, plus the fraction of m are at
 *   least 1, as when the bits are added to a float32's mantissa;
 * - comparison (otherwise): rounds up if the word's upper 24 bits, as a fraction, are below the
 *   fraction of m.
 *
 * The expectation is m to within 2⁻²⁴ (2⁻²³ with `carry`), and exactly m if the fraction has no
 * finer bits.
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

/**
 * The given random word, or 0 if there is none.
 *
 * @throws RangeError for stochastic rounding without a word
 */
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
