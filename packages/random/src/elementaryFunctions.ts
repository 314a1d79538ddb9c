/**
 * Logarithm and sine computed only with additions, multiplications, divisions and square roots,
 * which IEEE 754 rounds correctly: every engine and every kernel gives the same bits. `Math.log`
 * and `Math.sin` may differ between versions of an engine.
 *
 * The polynomials are minimax (Remez) with a relative truncation error below 2⁻⁵⁷. Each result is
 * within 3 units in the last place (2 were observed), nearly all of it from the last rounding
 * steps. The relative error of the logarithm is at most 4.9·2⁻⁵³, that of sine and cosine at most
 * 3·2⁻⁵³ (docs/noise.md has the proof). The order of the steps is part of the definition: fast
 * versions repeat it.
 */

// Local names: looking up a global is slow where globals are intercepted.
const ln2 = Math.LN2;
const fullTurn = 2 * Math.PI;

const bits = new DataView(new ArrayBuffer(8));

/** Upper half of the bits of a float64 slightly below √½, the lower bound of the factor f below. */
const lowest = 0x3fe6a000;

/** 2⁰ … 2⁵⁹⁹, by doubling, which is exact. */
const powers = new Float64Array(600);
for (let i = 0, power = 1; i < powers.length; i++, power *= 2) powers[i] = power;

/** Natural logarithm of a number from 2⁻⁵⁹⁸ to 1. */
export function logarithm(x: number): number {
  // x = 2ᵉ·f, with f from 0.707 to 1.414.
  bits.setFloat64(0, x, true);
  const exponent = (bits.getInt32(4, true) - lowest) >> 20;
  const f = x * powers[-exponent]!;
  // ln f = 2·artanh s
  const s = (f - 1) / (f + 1);
  const z = s * s;
  let p = 0.14796895104874852;
  p = p * z + 0.15313961154687816;
  p = p * z + 0.18183567612801774;
  p = p * z + 0.2222219851412966;
  p = p * z + 0.2857142874292008;
  p = p * z + 0.3999999999941249;
  p = p * z + 0.6666666666666735;
  return exponent * ln2 + (s * 2 + s * (z * p));
}

/** sin(2π·(word + ½)/2³²), for a 32-bit word. */
export function sineOfWord(word: number): number {
  const quadrant = (word + 0x20000000) >>> 30;
  // Angle in turns from the middle of the quadrant, from −⅛ to ⅛.
  const x = (((word << 2) >> 2) + 0.5) * 2 ** -32;
  const z = x * x;
  const magnitude = (quadrant & 1) === 0 ? sineNearZero(x, z) : cosineNearZero(z);
  return quadrant < 2 ? magnitude : -magnitude;
}

/** cos(2π·(word + ½)/2³²): the sine plus a quarter turn. */
export function cosineOfWord(word: number): number {
  return sineOfWord((word + 0x40000000) >>> 0);
}

/** sin(2πx), where z = x² ≤ 1/64. */
export function sineNearZero(x: number, z: number): number {
  let p = 3.781366422780352;
  p = p * z - 15.093829323109876;
  p = p * z + 42.05868550675647;
  p = p * z - 76.70585970878466;
  p = p * z + 81.60524927596823;
  p = p * z - 41.34170224039968;
  return x * (p * z + fullTurn);
}

/** cos(2πx), where z = x² ≤ 1/64. */
export function cosineNearZero(z: number): number {
  let p = -1.6970201240340221;
  p = p * z + 7.903101640270935;
  p = p * z - 26.426251140472882;
  p = p * z + 60.24464133161204;
  p = p * z - 85.45681720654005;
  p = p * z + 64.939394022668;
  p = p * z - 19.739208802178716;
  return p * z + 1;
}
