import { chacha20Blocks } from './chacha20';
import {
  artanhPolynomial,
  cosineOf,
  cosinePolynomial,
  exponents,
  mantissas,
  radii,
  raisedBits,
  ratios,
  sineOf,
  sinePolynomial,
  turnsInQuadrant,
  uniforms,
} from './gaussianPairs';

// Noise in whole numbers, bit for bit as by `fillGridNoise` in random.

/** Number of values at a time: 64 pairs, with eight words each. */
const most = 128;
const blocks = 32;

const wordBytes: usize = 2048;
const noiseBytes: usize = 512;
const furtherBytes: usize = 256;

/** For two pairs: the words of the radius, or those of the angle. */
function ofRadius(words: usize): v128 {
  return v128.shuffle<i64>(v128.load(words), v128.load(words, 32), 0, 2);
}

function ofAngle(words: usize): v128 {
  return v128.shuffle<i64>(v128.load(words), v128.load(words, 32), 1, 3);
}

function isWithoutOne(random: v128): v128 {
  return i64x2.eq(i64x2.shr_u(random, 51), i64x2.splat(0));
}

/** Leading zeros of the block that continues the radius of a pair. */
function zerosBehind(key: usize, pair: u32, further: usize): i64 {
  chacha20Blocks(key, pair, 1, further);
  let zeros: i64 = 0;
  for (let word = further; word < further + 64; word += 4) {
    const bits = load<u32>(word);
    zeros += clz(bits);
    if (bits !== 0) break;
  }
  return zeros;
}

/** The uniform number of a pair whose thirteen bits are zero: 2^(−14 − zeros)·(1 + fraction). */
function small(random: i64, key: usize, pair: u32, further: usize): i64 {
  const fraction = ((random & 0x0007ffffffffffff) << 1) | 1;
  return ((1009 - zerosBehind(key, pair, further)) << 52) + fraction;
}

/** Two uniform numbers, at least one of them with thirteen leading zeros: one vector in 4096. */
function withSmall(random: v128, key: usize, pair: u32, further: usize): v128 {
  let u = uniforms(random);
  const low = i64x2.extract_lane(random, 0);
  const high = i64x2.extract_lane(random, 1);
  if (low >>> 51 === 0) u = i64x2.replace_lane(u, 0, small(low, key, pair, further));
  if (high >>> 51 === 0) u = i64x2.replace_lane(u, 1, small(high, key, pair + 1, further));
  return u;
}

/** For two pairs in turn: the cells that contain the variates. */
function cellsInTurn(first: v128, second: v128): v128 {
  const ofFirst = i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(first));
  const ofSecond = i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(second));
  return v128.shuffle<i32>(ofFirst, ofSecond, 0, 4, 1, 5);
}

/** Sums of two of the four uniform numbers: those of a word's halves. */
function sumsOfHalves(words: v128, unused: i32): v128 {
  const low = i32x4.shr_u(v128.and(words, i32x4.splat(0xffff)), unused);
  return i32x4.add(low, i32x4.shr_u(i32x4.shr_u(words, 16), unused));
}

/** Of two pairs in turn: the sums of four uniform numbers. */
function lowParts(words: usize, unused: i32): v128 {
  const a = sumsOfHalves(v128.load(words, 16), unused);
  const b = sumsOfHalves(v128.load(words, 48), unused);
  return i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7));
}

/**
 * Writes the noise of each pair of words, four pairs at once, until `end`.
 *
 * @param pair number of the first
 */
function fillNoise(
  words: usize,
  noise: usize,
  end: usize,
  cellDeviation: f64,
  shift: i32,
  key: usize,
  pair: u32,
  further: usize,
): void {
  const deviation = f64x2.splat(cellDeviation);
  const unused = 16 - shift;
  const constant = i32x4.splat(shift === 0 ? 0 : 2 - (3 << (shift - 1)));
  // Two at a time side by side, which share the constants.
  for (; noise < end; noise += 32, words += 128, pair += 4) {
    const random0 = ofRadius(words);
    const random1 = ofRadius(words + 64);
    let u0 = uniforms(random0);
    let u1 = uniforms(random1);
    if (v128.any_true(v128.or(isWithoutOne(random0), isWithoutOne(random1)))) {
      u0 = withSmall(random0, key, pair, further);
      u1 = withSmall(random1, key, pair + 2, further);
    }
    const bits0 = raisedBits(u0);
    const bits1 = raisedBits(u1);
    const s0 = ratios(mantissas(bits0));
    const s1 = ratios(mantissas(bits1));
    const zOfS0 = f64x2.mul(s0, s0);
    const zOfS1 = f64x2.mul(s1, s1);
    const p0 = artanhPolynomial(zOfS0);
    const p1 = artanhPolynomial(zOfS1);
    const radius0 = f64x2.mul(deviation, radii(exponents(bits0), s0, zOfS0, p0));
    const radius1 = f64x2.mul(deviation, radii(exponents(bits1), s1, zOfS1, p1));

    const angle0 = ofAngle(words);
    const angle1 = ofAngle(words + 64);
    const x0 = turnsInQuadrant(angle0);
    const x1 = turnsInQuadrant(angle1);
    const z0 = f64x2.mul(x0, x0);
    const z1 = f64x2.mul(x1, x1);
    const sine0 = f64x2.mul(x0, sinePolynomial(z0));
    const sine1 = f64x2.mul(x1, sinePolynomial(z1));
    const cosine0 = cosinePolynomial(z0);
    const cosine1 = cosinePolynomial(z1);
    const cells0 = cellsInTurn(
      f64x2.mul(radius0, cosineOf(angle0, sine0, cosine0)),
      f64x2.mul(radius0, sineOf(angle0, sine0, cosine0)),
    );
    const cells1 = cellsInTurn(
      f64x2.mul(radius1, cosineOf(angle1, sine1, cosine1)),
      f64x2.mul(radius1, sineOf(angle1, sine1, cosine1)),
    );
    const low0 = i32x4.add(constant, lowParts(words, unused));
    const low1 = i32x4.add(constant, lowParts(words + 64, unused));
    v128.store(noise, i32x4.add(i32x4.shl(cells0, shift), low0));
    v128.store(noise, i32x4.add(i32x4.shl(cells1, shift), low1), 16);
  }
}

/** Writes the sums of `count` values and whole numbers, modulo 2³². */
function addNoise(noise: usize, values: usize, target: usize, count: i32): void {
  const end = target + ((count as usize) << 2);
  const blockEnd = target + (((count & ~3) as usize) << 2);
  for (; target < blockEnd; target += 16, values += 16, noise += 16) {
    v128.store(target, i32x4.add(v128.load(values), v128.load(noise)));
  }
  for (; target < end; target += 4, values += 4, noise += 4) {
    store<i32>(target, load<i32>(values) + load<i32>(noise));
  }
}

/**
 * Writes the sums of `count` values, at most 128, and noise.
 *
 * @param words eight per pair of values, for a multiple of four pairs
 * @param key for the blocks that continue a radius
 * @param pair number of the first pair under the key
 * @param scratch 768 bytes
 */
export function addGridNoiseOfWords(
  words: usize,
  values: usize,
  target: usize,
  count: i32,
  cellDeviation: f64,
  shift: i32,
  key: usize,
  pair: u32,
  scratch: usize,
): void {
  const noise = scratch + furtherBytes;
  const end = noise + ((count as usize) << 2);
  fillNoise(words, noise, end, cellDeviation, shift, key, pair, scratch);
  addNoise(noise, values, target, count);
}

export function addGridNoiseScratch(): usize {
  return wordBytes + furtherBytes + noiseBytes;
}

/**
 * Writes the sums of `count` int32 values and noise of the standard deviation
 * `cellDeviation`·2^`shift`, modulo 2³². The noise comes from the key of eight words, from block
 * `firstBlock` on, with two pairs per block. Overwrites its scratch with zeros.
 *
 * @param shift at most 16
 */
export function addGridNoise(
  key: usize,
  firstBlock: u32,
  values: usize,
  target: usize,
  count: i32,
  cellDeviation: f64,
  shift: i32,
  scratch: usize,
): void {
  for (let first = 0; first < count; first += most) {
    for (let block = 0; block < blocks; block += 4) {
      chacha20Blocks(key, firstBlock + block, 0, scratch + ((block as usize) << 6));
    }
    const now = min(most, count - first);
    const pair = firstBlock << 1;
    const rest = scratch + wordBytes;
    addGridNoiseOfWords(scratch, values, target, now, cellDeviation, shift, key, pair, rest);
    firstBlock += blocks;
    values += (most as usize) << 2;
    target += (most as usize) << 2;
  }
  memory.fill(scratch, 0, addGridNoiseScratch());
}
