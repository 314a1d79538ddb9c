// Symmetric integers with one scale per group. See `quantizeScaled` in quantization, which states
// the order of roundings; this gives the same bits.

import { smallestScale } from './quantizeLuqFp4';
import { hasNegative, maximumMagnitude } from './magnitudes';
import { keyBytes, philoxKeys, philoxWords, wordBytes, wordsOfChunk } from './philox';
import { sawbRange } from './sawb';

/** Codes of four values; from one random word each, if rounding is stochastic. */
function codesOf(x: v128, inverse: v128, largest: v128, isStochastic: bool, words: usize): v128 {
  const r = f32x4.pmin(largest, f32x4.mul(f32x4.abs(x), inverse));
  let magnitude: v128;
  if (isStochastic) {
    const low = f32x4.floor(r);
    const threshold = f32x4.mul(f32x4.sub(r, low), f32x4.splat(16777216));
    const random = f32x4.convert_i32x4_s(i32x4.shr_u(v128.load(words), 8));
    const isUp = f32x4.lt(random, threshold);
    magnitude = f32x4.add(low, v128.and(isUp, f32x4.splat(1)));
  } else {
    magnitude = f32x4.nearest(r);
  }
  // A code of zero has no sign.
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.or(magnitude, v128.and(sign, f32x4.ne(magnitude, f32x4.splat(0))));
}

/**
 * Writes the codes of `count` values and their scale, as float32: NaN if a value is not finite, 0
 * if the scale would not be normal; the codes are zeros then.
 *
 * Element e takes word e mod 4 of the Philox4x32-10 block of counter (⌊e/4⌋, c1, c2, c3) under the
 * key. Scratch: `quantizerScratch` bytes.
 *
 * @param largest the largest code
 * @param largestOfNonNegative the largest code for groups without a value below zero, which then
 *   represents the largest magnitude; equal to `largest` where such groups are not treated
 *   differently
 * @param isSawb whether the largest code represents the range of SAWB, instead of the largest
 *   magnitude
 * @param isStochastic whether rounding is stochastic, instead of to nearest even
 */
export function quantizeIntegers(
  x: usize,
  codes: usize,
  scaleTarget: usize,
  count: i32,
  largest: f32,
  largestOfNonNegative: f32,
  isSawb: bool,
  isStochastic: bool,
  key0: u32,
  key1: u32,
  c1: u32,
  c2: u32,
  c3: u32,
  scratch: usize,
): void {
  const maximum = maximumMagnitude(x, count);
  const isFinite = maximum < (Infinity as f32);
  if (largestOfNonNegative != largest && !hasNegative(x, count)) {
    largest = largestOfNonNegative;
    isSawb = false;
  }
  const reach = isSawb ? sawbRange(x, count, maximum) : (maximum as f64);
  const scale = (reach / (largest as f64)) as f32;
  if (!(isFinite && scale >= smallestScale)) {
    memory.fill(codes, 0, (count as usize) << 2);
    store<f32>(scaleTarget, isFinite ? 0 : NaN);
    return;
  }
  store<f32>(scaleTarget, scale);
  const inverse = f32x4.splat((1.0 / (scale as f64)) as f32);
  const most = f32x4.splat(largest);
  const keys = scratch + wordBytes;
  const values = keys + keyBytes;
  philoxKeys(key0, key1, keys);
  for (let begin = 0; begin < count; begin += wordsOfChunk) {
    const end = min(count, begin + wordsOfChunk);
    if (isStochastic) philoxWords(begin >> 2, c1, c2, c3, end - begin, keys, scratch);
    const wholeEnd = begin + ((end - begin) & ~3);
    let words = scratch;
    for (let i = begin; i < wholeEnd; i += 4) {
      const offset = (i as usize) << 2;
      const quantized = codesOf(v128.load(x + offset), inverse, most, isStochastic, words);
      v128.store(codes + offset, quantized);
      words += 16;
    }
    if (wholeEnd < end) {
      const offset = (wholeEnd as usize) << 2;
      const bytes = ((end - wholeEnd) as usize) << 2;
      v128.store(values, i32x4.splat(0));
      memory.copy(values, x + offset, bytes);
      v128.store(values, codesOf(v128.load(values), inverse, most, isStochastic, words));
      memory.copy(codes + offset, values, bytes);
    }
  }
}
