import { cosineNearZero, logarithm, sineNearZero } from './elementaryFunctions.ts';

// Local names: looking up a global is slow where globals are intercepted.
const { clz32, sqrt } = Math;

/** 2⁻¹ … 2⁻⁵²⁶; halving is exact. */
const powers = new Float64Array(526);
for (let i = 0, power = 0.5; i < powers.length; i++, power /= 2) powers[i] = power;

/**
 * Two independent normal variates of mean 0 from four random words, by Box–Muller: the radius from
 * a *floating-point* uniform number of 52 significant bits, the angle from 54 bits. Each variate
 * has the sign, and is within 2⁻⁵³·(8.5·|x| + 1.6·|y| + 4.1·deviation²·|x|/(x² + y²)), of the exact
 * result for *any* real number and angle whose leading bits are the words (docs/noise.md).
 *
 * @param words four words from `at` on are used
 * @param zeros returns the number of further leading zeros of the radius, if it begins with
 *   thirteen
 * @param out receives the pair
 */
export function gaussianPairOfWords(
  words: Uint32Array,
  at: number,
  zeros: () => number,
  deviation: number,
  out: Float64Array,
): void {
  const u = uniformOfWords(words[at]!, words[at + 1]!, zeros);
  const radius = deviation * sqrt(-2 * logarithm(u));
  const angleHigh = words[at + 3]!;
  // Angle in turns from the middle of the quadrant, from −⅛ to ⅛: the middle of one of 2⁵² cells.
  const cell = (angleHigh & 0x3fffffff) * 2 ** 22 + (words[at + 2]! >>> 10);
  const x = (cell - 2 ** 51 + 0.5) * 2 ** -54;
  const z = x * x;
  const sine = sineNearZero(x, z);
  const cosine = cosineNearZero(z);
  const quadrant = angleHigh >>> 30;
  const isOdd = (quadrant & 1) === 1;
  const first = isOdd ? sine : cosine;
  const second = isOdd ? cosine : sine;
  out[0] = radius * (quadrant === 1 || quadrant === 2 ? -first : first);
  out[1] = radius * (quadrant >= 2 ? -second : second);
}

/**
 * In (0, 1): 51 bits after the leading one, and the middle of the remaining interval. Leading zeros
 * occur with the frequency of random bits.
 */
function uniformOfWords(low: number, high: number, zeros: () => number): number {
  const leading = high >>> 19;
  const exponent = leading === 0 ? 13 + zeros() : clz32(leading) - 19;
  const mantissa = (high & 0x7ffff) * 2 ** 32 + low;
  return ((mantissa + 0.5) * 2 ** -51 + 1) * powers[exponent]!;
}
