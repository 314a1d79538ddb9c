import { exponentOf } from '../formats/binaryExponent.ts';
import { maximumMagnitude, type RangeRule } from './magnitudes.ts';

/** Bits of the largest magnitude as a whole number. */
const bits = 15;
/** Adding and subtracting it rounds a number below it to a whole one, ties to even. */
const rounder = 2 ** 52;

/**
 * SAWB for 4-bit integers (Choi et al. 2019, "Accurate and efficient 2-bit quantized neural
 * networks", with the coefficients of the LUQ paper, arXiv 2112.10769): 12.1·√E[x²] − 12.2·E|x|, or
 * max|x| where that is not above 0 or is above max|x|, as for sparse data and for values of one
 * magnitude. If a value is not finite, neither is the result.
 *
 * Moments are sums of whole numbers, so that any order of adding gives the same bits, and any
 * number of threads: with 2^e ≤ max|x| < 2^(e+1) and the unit 2^(e−14), m = |x| over the unit, to
 * nearest, ties to even, 2¹⁵ at most; Σm and Σm² are exact and then rounded to float64 (Σm² of 2²³
 * values at most has no more than its 53 bits, Σm never more). The range is (12.1·√(Σm²/n) −
 * 12.2·(Σm/n)) units, in float64, every operation rounded in this order. Both moments are off by
 * half a unit at most, and so the range from that of unrounded magnitudes by 7.5·10⁻⁴·max|x|; by
 * 10⁻⁴ of itself where values are normal, and 2·10⁻³ where max|x| is a million times the median.
 */
export const sawbRange: RangeRule = (values, start, stride, count) => {
  const maximum = maximumMagnitude(values, start, stride, count);
  if (!(maximum > 0 && maximum < Infinity)) return maximum;
  const unit = 2 ** (exponentOf(maximum) - (bits - 1));
  const perUnit = 1 / unit;
  let sum = 0;
  let squares = 0;
  // How many times 2⁵² was subtracted from the sum of squares, so that the rest stays exact.
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
