// Symmetric integers with one scale a group. See `quantizeScaled` in quantization, which states the order of
// roundings; this equals it to the bit.

import { smallestScale } from './luqFp4';
import { maximumMagnitude, sawbRange } from './magnitudes';
import { philoxWords, wordBytes } from './philox';

/** Codes of four values; from one random word each, if rounding is stochastic. */
function codesOf(x: v128, inverse: v128, largest: v128, isStochastic: bool, words: usize): v128 {
  const r = f32x4.pmin(largest, f32x4.mul(f32x4.abs(x), inverse));
  let magnitude: v128;
  if (isStochastic) {
    const low = f32x4.floor(r);
    const threshold = f32x4.mul(f32x4.sub(r, low), f32x4.splat(16777216));
    const random = f32x4.convert_i32x4_u(i32x4.shr_u(v128.load(words), 8));
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
 * Writes the codes of `count` values and their scale, as float32: NaN if a value is not finite, 0 if the scale
 * would not be normal; the codes are zeros then.
 *
 * Element e takes word e mod 4 of the Philox4x32-10 block of counter (⌊e/4⌋, c1, c2, c3) under the key.
 * Scratch: 128 bytes.
 *
 * @param largest the largest code
 * @param isSawb whether the largest code stands for the range of SAWB, instead of the largest magnitude
 * @param isStochastic whether rounding is stochastic, instead of to nearest even
 */
export function quantizeIntegers(
  x: usize,
  codes: usize,
  scaleTarget: usize,
  count: i32,
  largest: f32,
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
  const values = scratch + wordBytes;
  for (let first = 0; first < count; first += 16) {
    if (isStochastic) philoxWords(first >> 2, c1, c2, c3, key0, key1, scratch);
    let source = x + ((first as usize) << 2);
    let target = codes + ((first as usize) << 2);
    const bytes = (min(16, count - first) as usize) << 2;
    if (bytes < 64) {
      memory.fill(values, 0, 64);
      memory.copy(values, source, bytes);
      source = values;
      target = values;
    }
    for (let i: usize = 0; i < 64; i += 16) {
      const quantized = codesOf(v128.load(source + i), inverse, most, isStochastic, scratch + i);
      v128.store(target + i, quantized);
    }
    if (bytes < 64) memory.copy(codes + ((first as usize) << 2), values, bytes);
  }
}
