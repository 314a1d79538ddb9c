// Box–Muller of two pairs side by side: see `gaussianPairOfWords`, `logarithm` and `sineNearZero`
// in random, which state the order of roundings; this equals them to the bit.

/** p·z + c */
function next(p: v128, z: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(p, z), f64x2.splat(c));
}

/** The 51 bits after the leading one, plus one half of the last place. */
function fractions(random: v128): v128 {
  const bits = v128.and(random, i64x2.splat(0x0007ffffffffffff));
  return v128.or(i64x2.shl(bits, 1), i64x2.splat(1));
}

/**
 * In (0, 1): scaled by a power of two for the leading zeros of the thirteen highest bits; unscaled
 * where all of them are zeros.
 */
export function uniforms(random: v128): v128 {
  const leading = v128.or(i64x2.shr_u(random, 51), i64x2.splat(0x4330000000000000));
  const number = f64x2.sub(leading, f64x2.splat(4503599627370496));
  const power = v128.and(number, i64x2.splat(0x7ff0000000000000));
  return i64x2.add(i64x2.sub(power, i64x2.splat(0x00d0000000000000)), fractions(random));
}

/** Bits that contain the mantissa above `lowest` and, on top, the exponent, raised by 576. */
export function raisedBits(u: v128): v128 {
  return i64x2.sub(u, i64x2.splat(0x1be6a00000000000));
}

export function exponents(raised: v128): v128 {
  const number = v128.or(i64x2.shr_u(raised, 52), i64x2.splat(0x4330000000000000));
  return f64x2.sub(number, f64x2.splat(4503599627371072));
}

export function mantissas(raised: v128): v128 {
  const above = v128.and(raised, i64x2.splat(0x000fffffffffffff));
  return i64x2.add(above, i64x2.splat(0x3fe6a00000000000));
}

/** (f − 1)/(f + 1) */
export function ratios(f: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(f64x2.sub(f, one), f64x2.add(f, one));
}

export function artanhPolynomial(z: v128): v128 {
  let p = next(f64x2.splat(0.14796895104874852), z, 0.15313961154687816);
  p = next(p, z, 0.18183567612801774);
  p = next(p, z, 0.2222219851412966);
  p = next(p, z, 0.2857142874292008);
  p = next(p, z, 0.3999999999941249);
  return next(p, z, 0.6666666666666735);
}

/** √(−2·ln u), from exponent and mantissa of u. */
export function radii(exponent: v128, s: v128, z: v128, polynomial: v128): v128 {
  const ofMantissa = f64x2.add(
    f64x2.mul(s, f64x2.splat(2)),
    f64x2.mul(s, f64x2.mul(z, polynomial)),
  );
  const ofPower = f64x2.mul(exponent, f64x2.splat(0.6931471805599453));
  return f64x2.sqrt(f64x2.mul(f64x2.splat(-2), f64x2.add(ofPower, ofMantissa)));
}

/** sin(2πx)/x, where z = x² ≤ 1/64. */
export function sinePolynomial(z: v128): v128 {
  let p = next(f64x2.splat(3.781366422780352), z, -15.093829323109876);
  p = next(p, z, 42.05868550675647);
  p = next(p, z, -76.70585970878466);
  p = next(p, z, 81.60524927596823);
  p = next(p, z, -41.34170224039968);
  return next(p, z, 6.283185307179586);
}

/** cos(2πx), where z = x² ≤ 1/64. */
export function cosinePolynomial(z: v128): v128 {
  let p = next(f64x2.splat(-1.6970201240340221), z, 7.903101640270935);
  p = next(p, z, -26.426251140472882);
  p = next(p, z, 60.24464133161204);
  p = next(p, z, -85.45681720654005);
  p = next(p, z, 64.939394022668);
  p = next(p, z, -19.739208802178716);
  return next(p, z, 1);
}

/** From the middle of the angle's quadrant, from −⅛ to ⅛. */
export function turnsInQuadrant(angle: v128): v128 {
  const cell = i64x2.shr_u(i64x2.shl(angle, 2), 12);
  const number = v128.or(cell, i64x2.splat(0x4330000000000000));
  const turns = f64x2.add(f64x2.sub(number, f64x2.splat(6755399441055744)), f64x2.splat(0.5));
  return f64x2.mul(turns, f64x2.splat(5.551115123125783e-17));
}

/** Cosine and sine of the angle, from those within its quadrant, the two highest bits. */
export function cosineOf(angle: v128, sine: v128, cosine: v128): v128 {
  const next = i64x2.shl(angle, 1);
  const sign = v128.and(v128.xor(angle, next), i64x2.splat(0x8000000000000000));
  return v128.xor(v128.bitselect(sine, cosine, i64x2.shr_s(next, 63)), sign);
}

export function sineOf(angle: v128, sine: v128, cosine: v128): v128 {
  const sign = v128.and(angle, i64x2.splat(0x8000000000000000));
  return v128.xor(v128.bitselect(cosine, sine, i64x2.shr_s(i64x2.shl(angle, 1), 63)), sign);
}
