// LUQ-FP4 with stochastic rounding: codes over the scale are 0 and ±1, 2, 4 … 64. See
// `quantizeScaled` in quantization, which states the order of roundings; this gives the same bits.

import { maximumMagnitude } from './magnitudes';
import { keyBytes, philoxKeys, philoxWords, wordBytes, wordsOfChunk } from './philox';

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
  const isUp = f32x4.lt(f32x4.convert_i32x4_s(i32x4.shr_u(words, 8)), threshold);
  const small = v128.and(isUp, f32x4.splat(1));
  const magnitude = v128.bitselect(power, small, f32x4.ge(r, f32x4.splat(1)));
  // A code of zero has no sign.
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const isNonZero = f32x4.ne(magnitude, f32x4.splat(0));
  return v128.or(magnitude, v128.and(sign, isNonZero));
}

/**
 * Writes the codes of `count` values and their scale, as float32: NaN if a value is not finite, 0
 * if the scale would not be normal; the codes are zeros then.
 *
 * Element e takes word e mod 4 of the Philox4x32-10 block of counter (⌊e/4⌋, c1, c2, c3) under the
 * key. Scratch: `quantizerScratch` bytes.
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
  const keys = scratch + wordBytes;
  const values = keys + keyBytes;
  philoxKeys(key0, key1, keys);
  for (let begin = 0; begin < count; begin += wordsOfChunk) {
    const end = min(count, begin + wordsOfChunk);
    philoxWords(begin >> 2, c1, c2, c3, end - begin, keys, scratch);
    const wholeEnd = begin + ((end - begin) & ~3);
    let words = scratch;
    for (let i = begin; i < wholeEnd; i += 4) {
      const offset = (i as usize) << 2;
      v128.store(codes + offset, codesOf(v128.load(x + offset), v128.load(words), inverse));
      words += 16;
    }
    if (wholeEnd < end) {
      const offset = (wholeEnd as usize) << 2;
      const bytes = ((end - wholeEnd) as usize) << 2;
      v128.store(values, i32x4.splat(0));
      memory.copy(values, x + offset, bytes);
      v128.store(values, codesOf(v128.load(values), v128.load(words), inverse));
      memory.copy(codes + offset, values, bytes);
    }
  }
}
