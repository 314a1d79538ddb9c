// LUQ-FP4 with stochastic rounding: codes over the scale are 0 and ±1, 2, 4 … 64. See `quantizeScaled` in
// quantization, which states the order of roundings; this equals it to the bit.

const largest: f32 = 64;
/** 2⁻¹²⁶: below it the scale would not be normal. */
const smallestScale: f32 = 1.17549435e-38;

/** High halves of the products of the four lanes with a multiplier. */
function multiplyHigh(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** Low halves of the same. */
function multiplyLow(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

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

/** max|x|; NaN if there is a NaN. */
function maximumMagnitude(x: usize, count: i32): f32 {
  let all = f32x4.splat(0);
  const end = x + ((count as usize) << 2);
  const blockEnd = x + (((count & ~3) as usize) << 2);
  for (; x < blockEnd; x += 16) all = f32x4.max(all, f32x4.abs(v128.load(x)));
  let maximum = max<f32>(
    max<f32>(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
    max<f32>(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
  );
  for (; x < end; x += 4) maximum = max<f32>(maximum, abs<f32>(load<f32>(x)));
  return maximum;
}

/**
 * Writes the codes of `count` values and their scale, as float32: NaN if a value is not finite, 0 if the scale
 * would not be normal; the codes are zeros then.
 *
 * Element e takes word e mod 4 of the Philox4x32-10 block of counter (⌊e/4⌋, c1, c2, c3) under the key.
 * Scratch: 64 bytes.
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
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  for (let first = 0; first < count; first += 16) {
    // Four blocks side by side, one a lane.
    let v0 = i32x4.add(i32x4.splat(first >> 2), i32x4(0, 1, 2, 3));
    let v1 = i32x4.splat(c1);
    let v2 = i32x4.splat(c2);
    let v3 = i32x4.splat(c3);
    let k0 = key0;
    let k1 = key1;
    for (let round = 0; round < 10; round++) {
      const low0 = i64x2.extmul_low_i32x4_u(v0, multiplier0);
      const high0 = i64x2.extmul_high_i32x4_u(v0, multiplier0);
      const low1 = i64x2.extmul_low_i32x4_u(v2, multiplier1);
      const high1 = i64x2.extmul_high_i32x4_u(v2, multiplier1);
      const next0 = v128.xor(v128.xor(multiplyHigh(low1, high1), v1), i32x4.splat(k0));
      const next2 = v128.xor(v128.xor(multiplyHigh(low0, high0), v3), i32x4.splat(k1));
      v1 = multiplyLow(low1, high1);
      v3 = multiplyLow(low0, high0);
      v0 = next0;
      v2 = next2;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    // Turned, so that the four words of a block are one vector.
    const a = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
    const d = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
    const words0 = v128.shuffle<i64>(a, b, 0, 2);
    const words1 = v128.shuffle<i64>(a, b, 1, 3);
    const words2 = v128.shuffle<i64>(c, d, 0, 2);
    const words3 = v128.shuffle<i64>(c, d, 1, 3);
    const source = x + ((first as usize) << 2);
    const target = codes + ((first as usize) << 2);
    if (first + 16 <= count) {
      v128.store(target, codesOf(v128.load(source), words0, inverse));
      v128.store(target, codesOf(v128.load(source, 16), words1, inverse), 16);
      v128.store(target, codesOf(v128.load(source, 32), words2, inverse), 32);
      v128.store(target, codesOf(v128.load(source, 48), words3, inverse), 48);
    } else {
      const bytes = ((count - first) as usize) << 2;
      memory.fill(scratch, 0, 64);
      memory.copy(scratch, source, bytes);
      v128.store(scratch, codesOf(v128.load(scratch), words0, inverse));
      v128.store(scratch, codesOf(v128.load(scratch, 16), words1, inverse), 16);
      v128.store(scratch, codesOf(v128.load(scratch, 32), words2, inverse), 32);
      v128.store(scratch, codesOf(v128.load(scratch, 48), words3, inverse), 48);
      memory.copy(target, scratch, bytes);
    }
  }
}
