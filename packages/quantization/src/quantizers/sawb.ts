import { exponentOf } from '../formats/binaryExponent.ts';
import { maximumMagnitude, type RangeRule } from './magnitudes.ts';

/** Bits of the largest magnitude as a whole number. */
const bits = 15;
/** Adding and subtracting it rounds a smaller number to a whole one, with ties to even. */
const rounder = 2 ** 52;

/**
 * SAWB for 4-bit integers (Choi et al. 2019, "Accurate and efficient 2-bit quantized neural
 * networks", with the coefficients of the LUQ paper, arXiv 2112.10769): 12.1·√E[x²] − 12.2·E|x|, or
 * max|x| where that is not above 0 or is above max|x|, as for sparse data and for values of one
 * magnitude. If a value is not finite, neither is the result.
 *
 * Moments are sums of whole numbers, so that any order of summation and any number of threads give
 * the same bits: with 2^e ≤ max|x| < 2^(e+1) and the unit 2^(e−14), m = |x| divided by the unit,
 * rounded to nearest with ties to even, at most 2¹⁵. Σm and Σm² are exact and then rounded to
 * float64 (Σm² of at most 2²³ values fits into its 53 bits, Σm always). The range is (12.1·√(Σm²/n)
 * − 12.2·(Σm/n)) units, in float64, with every operation rounded in this order. Both moments have
 * an error of at most half a unit, so the range has an error of at most 7.5·10⁻⁴·max|x|; relative
 * to itself 10⁻⁴ for normally distributed values, and 2·10⁻³ if max|x| is a million times the
 * median.
 */
export const sawbRange: RangeRule = (values, start, stride, count) => {
  const maximum = maximumMagnitude(values, start, stride, count);
  if (!(maximum > 0 && maximum < Infinity)) return maximum;
  const unit = 2 ** (exponentOf(maximum) - (bits - 1));
  const perUnit = 1 / unit;
  let sum = 0;
  let squares = 0;
  // Number of times that 2⁵² was subtracted from the sum of squares to keep the rest exact.
  let carries = 0;
  for (let i = 0, at = start; i < count; i++, at += stride) {
    const magnitude = Math.abs(values[at]!) * perUnit + rounder - rounder;
    sum += magnitude;
    squares += magnitude * magnitude;
    if (squares >= rounder) {
      squares -= rounder;
      carries++;
    }
  }
  const meanSquare = (carries * rounder + squares) / count;
  const clip = (12.1 * Math.sqrt(meanSquare) - 12.2 * (sum / count)) * unit;
  return clip > 0 && clip <= maximum ? clip : maximum;
};
