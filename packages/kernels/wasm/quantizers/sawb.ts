import { smallestScale } from './quantizeLuqFp4';
import { loadValues } from '../quads';

/**
 * Number of quads of values whose sums fit in 32 bits per lane: 2¹⁵ of magnitudes up to 2¹⁵, and of
 * halves of their squares.
 */
const quadsOfBlock: usize = 1 << 15;

/** Sum of four unsigned 32-bit integers. */
function laneSum(lanes: v128): u64 {
  const pairs = i64x2.add(i64x2.extend_low_i32x4_u(lanes), i64x2.extend_high_i32x4_u(lanes));
  return (i64x2.extract_lane(pairs, 0) as u64) + (i64x2.extract_lane(pairs, 1) as u64);
}

/**
 * SAWB for 4-bit integers: see `sawbRange` in quantization, which defines it to the bit. Sums are
 * of whole numbers, in blocks whose sums fit in 32 bits.
 *
 * @param maximum the largest magnitude; if it is not finite or is subnormal, it is the range
 */
export function sawbRange(x: usize, count: i32, maximum: f32): f64 {
  if (!(maximum >= smallestScale && maximum < (Infinity as f32))) return maximum as f64;
  // 2⁹ times the power of two of the maximum: the last bit of what is added to it counts units, and
  // is rounded to them. Large values are divided by 2³², so that there is such a number.
  const power = reinterpret<u32>(maximum) & 0x7f800000;
  const isLarge = power >= 192 << 23;
  const factor = f32x4.splat(isLarge ? reinterpret<f32>(95 << 23) : 1);
  const base = f32x4.splat(reinterpret<f32>(power + ((isLarge ? 9 - 32 : 9) << 23)));
  const mantissa = i32x4.splat(0x7fffff);
  const lowHalf = i32x4.splat(0xffff);
  let sum: u64 = 0;
  let squares: u64 = 0;
  const end = x + ((count as usize) << 2);
  while (x < end) {
    const blockEnd = min(end, x + (quadsOfBlock << 4));
    let sums = i32x4.splat(0);
    let lowSquares = i32x4.splat(0);
    let highSquares = i32x4.splat(0);
    for (; x < blockEnd; x += 16) {
      const values = f32x4.abs(loadValues(x, min(4, (blockEnd - x) >> 2)));
      const magnitudes = v128.and(f32x4.add(f32x4.mul(values, factor), base), mantissa);
      const squared = i32x4.mul(magnitudes, magnitudes);
      sums = i32x4.add(sums, magnitudes);
      lowSquares = i32x4.add(lowSquares, v128.and(squared, lowHalf));
      highSquares = i32x4.add(highSquares, i32x4.shr_u(squared, 16));
    }
    sum += laneSum(sums);
    squares += laneSum(lowSquares) + (laneSum(highSquares) << 16);
  }
  const mean = (sum as f64) / (count as f64);
  const meanSquare = (squares as f64) / (count as f64);
  // A unit is 2⁻¹⁴ of the power of two.
  const unit = (reinterpret<f32>(power) as f64) * (1.0 / 16384);
  const clip = (12.1 * sqrt<f64>(meanSquare) - 12.2 * mean) * unit;
  return clip > 0 && clip <= (maximum as f64) ? clip : (maximum as f64);
}
