import { chacha20Blocks } from './chacha20';

// Normal variates by Box–Muller, three random words a pair: see `fillGaussian`, `logarithm` and `sineOfWord` in
// random, which state the order of roundings; this equals them to the bit. Each loop has few enough constants
// to stay in registers.

/** Variates at a time: 64 pairs, of which three times four blocks hold the words. */
const most = 128;
const blocks = 12;

const wordBytes: usize = 768;
const variateBytes: usize = 1024;

/** p·z + c */
function next(p: v128, z: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, z), f64x2.splat(c));
}

/** In (0, 1], of two pairs' words: high, low and angle of the first, then of the second. */
function uniforms(words: usize): v128 {
  const front = v128.load(words);
  const high = i32x4.shr_u(v128.shuffle<i32>(front, front, 0, 3, 0, 3), 5);
  const low = i32x4.shr_u(v128.shuffle<i32>(front, v128.load(words, 8), 1, 6, 1, 6), 6);
  const above = f64x2.mul(f64x2.convert_low_i32x4_s(high), f64x2.splat(67108864));
  const cells = f64x2.add(above, f64x2.convert_low_i32x4_s(low));
  return f64x2.mul(f64x2.add(cells, f64x2.splat(0.5)), f64x2.splat(1.1102230246251565e-16));
}

/** Bits that have the mantissa above `lowest` in them and, on top, the exponent, raised by 64. */
function raisedBits(u: v128): v128 {
  return i64x2.sub(u, i64x2.splat(0x3be6a00000000000));
}

function exponents(raised: v128): v128 {
  const number = v128.or(i64x2.shr_u(raised, 52), i64x2.splat(0x4330000000000000));
  return f64x2.sub(number, f64x2.splat(4503599627370560));
}

function mantissas(raised: v128): v128 {
  const above = v128.and(raised, i64x2.splat(0x000fffffffffffff));
  return i64x2.add(above, i64x2.splat(0x3fe6a00000000000));
}

/** (f − 1)/(f + 1) */
function ratios(f: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(f64x2.sub(f, one), f64x2.add(f, one));
}

function artanhPolynomial(z: v128): v128 {
  let p = next(f64x2.splat(0.14796895104874852), z, 0.15313961154687816);
  p = next(p, z, 0.18183567612801774);
  p = next(p, z, 0.2222219851412966);
  p = next(p, z, 0.2857142874292008);
  p = next(p, z, 0.3999999999941249);
  return next(p, z, 0.6666666666666735);
}

/** √(−2·ln u), of what is known of u. */
function radii(exponent: v128, s: v128, z: v128, polynomial: v128): v128 {
  const ofMantissa = f64x2.add(
    f64x2.mul(s, f64x2.splat(2)),
    f64x2.mul(s, f64x2.mul(z, polynomial)),
  );
  const ofPower = f64x2.mul(exponent, f64x2.splat(0.6931471805599453));
  return f64x2.sqrt(f64x2.mul(f64x2.splat(-2), f64x2.add(ofPower, ofMantissa)));
}

/** Angles of two pairs' words, each twice. */
function angles(words: usize): v128 {
  const back = v128.load(words, 8);
  return v128.shuffle<i32>(back, back, 0, 0, 3, 3);
}

/** From the middle of the angle's quadrant, from −⅛ to ⅛. */
function turnsInQuadrant(angle: v128): v128 {
  const once = v128.shuffle<i32>(angle, angle, 0, 2, 0, 2);
  const signed = i32x4.shr_s(i32x4.shl(once, 2), 2);
  const turns = f64x2.add(f64x2.convert_low_i32x4_s(signed), f64x2.splat(0.5));
  return f64x2.mul(turns, f64x2.splat(2.3283064365386963e-10));
}

/** sin(2πx)/x, where z = x² ≤ 1/64. */
function sinePolynomial(z: v128): v128 {
  let p = next(f64x2.splat(3.781366422780352), z, -15.093829323109876);
  p = next(p, z, 42.05868550675647);
  p = next(p, z, -76.70585970878466);
  p = next(p, z, 81.60524927596823);
  p = next(p, z, -41.34170224039968);
  return next(p, z, 6.283185307179586);
}

/** cos(2πx), where z = x² ≤ 1/64. */
function cosinePolynomial(z: v128): v128 {
  let p = next(f64x2.splat(-1.6970201240340221), z, 7.903101640270935);
  p = next(p, z, -26.426251140472882);
  p = next(p, z, 60.24464133161204);
  p = next(p, z, -85.45681720654005);
  p = next(p, z, 64.939394022668);
  p = next(p, z, -19.739208802178716);
  return next(p, z, 1);
}

/** Sine of the angle, from sine and cosine within its quadrant: the two highest bits, `ahead` added. */
function inQuadrant(angle: v128, ahead: i32, sine: v128, cosine: v128): v128 {
  const quadrant = i32x4.add(angle, i32x4.splat(ahead));
  const isOdd = i32x4.shr_s(i32x4.shl(quadrant, 1), 31);
  const sign = v128.and(quadrant, i64x2.splat(0x8000000000000000));
  return v128.xor(v128.bitselect(cosine, sine, isOdd), sign);
}

/** Writes the float64 variates of each pair of words, four pairs at once, until `end`. */
function fillVariates(words: usize, variates: usize, end: usize, standardDeviation: f64): void {
  const deviation = f64x2.splat(standardDeviation);
  // Two at a time side by side, which share the constants.
  for (; variates < end; variates += 64, words += 48) {
    const bits0 = raisedBits(uniforms(words));
    const bits1 = raisedBits(uniforms(words + 24));
    const s0 = ratios(mantissas(bits0));
    const s1 = ratios(mantissas(bits1));
    const zOfS0 = f64x2.mul(s0, s0);
    const zOfS1 = f64x2.mul(s1, s1);
    const p0 = artanhPolynomial(zOfS0);
    const p1 = artanhPolynomial(zOfS1);
    const radius0 = f64x2.mul(deviation, radii(exponents(bits0), s0, zOfS0, p0));
    const radius1 = f64x2.mul(deviation, radii(exponents(bits1), s1, zOfS1, p1));

    const angle0 = angles(words);
    const angle1 = angles(words + 24);
    const x0 = turnsInQuadrant(angle0);
    const x1 = turnsInQuadrant(angle1);
    const z0 = f64x2.mul(x0, x0);
    const z1 = f64x2.mul(x1, x1);
    const sine0 = f64x2.mul(x0, sinePolynomial(z0));
    const sine1 = f64x2.mul(x1, sinePolynomial(z1));
    const cosine0 = cosinePolynomial(z0);
    const cosine1 = cosinePolynomial(z1);
    // The cosine is the sine a quarter turn ahead.
    const first0 = f64x2.mul(radius0, inQuadrant(angle0, 0x60000000, sine0, cosine0));
    const first1 = f64x2.mul(radius1, inQuadrant(angle1, 0x60000000, sine1, cosine1));
    const second0 = f64x2.mul(radius0, inQuadrant(angle0, 0x20000000, sine0, cosine0));
    const second1 = f64x2.mul(radius1, inQuadrant(angle1, 0x20000000, sine1, cosine1));
    storeInTurn(variates, first0, second0);
    storeInTurn(variates + 32, first1, second1);
  }
}

function storeInTurn(target: usize, first: v128, second: v128): void {
  v128.store(target, v128.shuffle<i64>(first, second, 0, 2));
  v128.store(target, v128.shuffle<i64>(first, second, 1, 3), 16);
}

/** Writes the sums of `count` float32 values and float64 variates, rounded once to float32. */
function addVariates(variates: usize, values: usize, target: usize, count: i32): void {
  const end = target + ((count as usize) << 2);
  const blockEnd = target + (((count & ~3) as usize) << 2);
  for (; target < blockEnd; target += 16, values += 16, variates += 32) {
    const x = v128.load(values);
    const lower = f64x2.add(f64x2.promote_low_f32x4(x), v128.load(variates));
    const high = v128.shuffle<i32>(x, x, 2, 3, 2, 3);
    const upper = f64x2.add(f64x2.promote_low_f32x4(high), v128.load(variates, 16));
    const a = f32x4.demote_f64x2_zero(lower);
    const b = f32x4.demote_f64x2_zero(upper);
    v128.store(target, v128.shuffle<i32>(a, b, 0, 1, 4, 5));
  }
  for (; target < end; target += 4, values += 4, variates += 8) {
    store<f32>(target, ((load<f32>(values) as f64) + load<f64>(variates)) as f32);
  }
}

/**
 * Writes the sums of `count` values, 128 at most, and normal variates of the standard deviation.
 *
 * @param words three a pair of variates, of a multiple of four pairs
 * @param scratch 1024 bytes
 */
export function addGaussianOfWords(
  words: usize,
  values: usize,
  target: usize,
  count: i32,
  standardDeviation: f64,
  scratch: usize,
): void {
  fillVariates(words, scratch, scratch + ((count as usize) << 3), standardDeviation);
  addVariates(scratch, values, target, count);
}

export function addGaussianNoiseScratch(): usize {
  return wordBytes + variateBytes;
}

/**
 * Writes the sums of `count` float32 values and normal variates of the standard deviation, from the words of
 * ChaCha20 under a key of eight words, block `firstBlock` and on. Leaves its scratch as zeros.
 */
export function addGaussianNoise(
  key: usize,
  firstBlock: u32,
  values: usize,
  target: usize,
  count: i32,
  standardDeviation: f64,
  scratch: usize,
): void {
  for (let first = 0; first < count; first += most) {
    for (let block = 0; block < blocks; block += 4) {
      chacha20Blocks(key, firstBlock + block, scratch + ((block as usize) << 6));
    }
    const now = min(most, count - first);
    addGaussianOfWords(scratch, values, target, now, standardDeviation, scratch + wordBytes);
    firstBlock += blocks;
    values += (most as usize) << 2;
    target += (most as usize) << 2;
  }
  memory.fill(scratch, 0, addGaussianNoiseScratch());
}
