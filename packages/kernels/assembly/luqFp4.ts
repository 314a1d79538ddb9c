// LUQ-FP4 with stochastic rounding: codes over the scale are 0 and ±1, 2, 4 … 64. See `quantizeScaled` in
// quantization, which states the order of roundings; this equals it to the bit.

import { maximumMagnitude } from './magnitudes';
import { philoxWords, wordBytes } from './philox';

const largest: f32 = 64;
/** 2⁻¹²⁶: below it the scale would not be normal. */
export const smallestScale: f32 = 1.17549435e-38;

/** Codes of four values from one random word each. */
function codesOf(x: v128, words: v128, inverse: v128): v128 {
  const r = f32x4.mul(f32x4.abs(x), inverse);
  // From 1 on: the word's bits are added to the mantissa and carry into the exponent.
  const carried = v128.and(i32x4.add(r, i32x4.shr_u(words, 9)), i32x4.splat(0xff800000));
  const power = f32x4.pmin(f32x4.splat(largest), carried);
  // Below 1: one with the probability r.
  const threshold = f32x4.mul(r, f32x4.splat(16777216));
  const isUp = f32x4.lt(f32x4.convert_i32x4_u(i32x4.shr_u(words, 8)), threshold);
  const small = v128.and(isUp, f32x4.splat(1));
  const magnitude = v128.bitselect(power, small, f32x4.ge(r, f32x4.splat(1)));
  // A code of zero has no sign.
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const isNonZero = f32x4.ne(magnitude, f32x4.splat(0));
  return v128.or(magnitude, v128.and(sign, isNonZero));
}

/**
 * Writes the codes of `count` values and their scale, as float32: NaN if a value is not finite, 0 if the scale
 * would not be normal; the codes are zeros then.
 *
 * Element e takes word e mod 4 of the Philox4x32-10 block of counter (⌊e/4⌋, c1, c2, c3) under the key.
 * Scratch: 128 bytes.
 */
export function quantizeLuqFp4(
  x: usize,
  codes: usize,
  scaleTarget: usize,
  count: i32,
  key0: u32,
  key1: u32,
  c1: u32,
  c2: u32,
  c3: u32,
  scratch: usize,
): void {
  const reach = maximumMagnitude(x, count);
  const scale = reach / largest;
  const isFinite = reach < (Infinity as f32);
  if (!(isFinite && scale >= smallestScale)) {
    memory.fill(codes, 0, (count as usize) << 2);
    store<f32>(scaleTarget, isFinite ? 0 : NaN);
    return;
  }
  store<f32>(scaleTarget, scale);
  const inverse = f32x4.splat((1.0 / (scale as f64)) as f32);
  for (let first = 0; first < count; first += 16) {
    philoxWords(first >> 2, c1, c2, c3, key0, key1, scratch);
    const words0 = v128.load(scratch);
    const words1 = v128.load(scratch, 16);
    const words2 = v128.load(scratch, 32);
    const words3 = v128.load(scratch, 48);
    const source = x + ((first as usize) << 2);
    const target = codes + ((first as usize) << 2);
    if (first + 16 <= count) {
      v128.store(target, codesOf(v128.load(source), words0, inverse));
      v128.store(target, codesOf(v128.load(source, 16), words1, inverse), 16);
      v128.store(target, codesOf(v128.load(source, 32), words2, inverse), 32);
      v128.store(target, codesOf(v128.load(source, 48), words3, inverse), 48);
    } else {
      const values = scratch + wordBytes;
      const bytes = ((count - first) as usize) << 2;
      memory.fill(values, 0, 64);
      memory.copy(values, source, bytes);
      v128.store(values, codesOf(v128.load(values), words0, inverse));
      v128.store(values, codesOf(v128.load(values, 16), words1, inverse), 16);
      v128.store(values, codesOf(v128.load(values, 32), words2, inverse), 32);
      v128.store(values, codesOf(v128.load(values, 48), words3, inverse), 48);
      memory.copy(target, values, bytes);
    }
  }
}
