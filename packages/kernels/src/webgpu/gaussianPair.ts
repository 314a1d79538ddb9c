import { float64Constant, softFloat64 } from './softFloat64.ts';

/** The polynomial of `variable` in WGSL, by Horner's rule. */
function polynomial(variable: string, coefficients: readonly number[]): string {
  const [first, ...others] = coefficients.map(float64Constant);
  return others.reduce(
    (sum, coefficient) => `float64Add(float64Multiply(${sum}, ${variable}), ${coefficient})`,
    first!,
  );
}

// Of the reference's polynomials, the coefficient of the highest power first.
const artanh = [
  0.14796895104874852, 0.15313961154687816, 0.18183567612801774, 0.2222219851412966,
  0.2857142874292008, 0.3999999999941249, 0.6666666666666735,
];
const sineOverTurn = [
  3.781366422780352,
  -15.093829323109876,
  42.05868550675647,
  -76.70585970878466,
  81.60524927596823,
  -41.34170224039968,
  2 * Math.PI,
];
const cosine = [
  -1.6970201240340221, 7.903101640270935, -26.426251140472882, 60.24464133161204,
  -85.45681720654005, 64.939394022668, -19.739208802178716, 1,
];

/**
 * Two normal variates of three random words in WGSL, by Box–Muller in float64, of the standard deviation
 * `deviation`: `gaussianPair(words, deviation)`. `fillGaussian`, `logarithm` and `sineOfWord` of random
 * define it, with the order of roundings; this equals them to the bit.
 */
export const gaussianPair = `
${softFloat64}

struct GaussianPair {
  first: vec2<u32>,
  second: vec2<u32>,
}

/** a·2^power, exactly. */
fn timesPowerOfTwo(a: vec2<u32>, power: i32) -> vec2<u32> {
  return select(vec2<u32>(a.x, a.y + (bitcast<u32>(power) << 20u)), a, exponentOf(a) == 0u);
}

/** Natural logarithm of a number from 2⁻⁶³ to 1. */
fn logarithm(x: vec2<u32>) -> vec2<u32> {
  let exponent = (bitcast<i32>(x.y) - 0x3fe6a000) >> 20u;
  let f = timesPowerOfTwo(x, -exponent);
  let one = ${float64Constant(1)};
  let s = float64Divide(float64Subtract(f, one), float64Add(f, one));
  let z = float64Multiply(s, s);
  let p = ${polynomial('z', artanh)};
  let ofMantissa = float64Add(
    timesPowerOfTwo(s, 1),
    float64Multiply(s, float64Multiply(z, p)),
  );
  let ofPower = float64Multiply(float64OfI32(exponent), ${float64Constant(Math.LN2)});
  return float64Add(ofPower, ofMantissa);
}

/** √(−2·ln u), where u is the middle of one of 2⁵³ cells of (0, 1). */
fn radiusOfWords(high: u32, low: u32) -> vec2<u32> {
  // Twice the number of the cell, and one: 54 bits, rounded.
  let above = high >> 5u;
  let odd = vec2<u32>((above << 27u) | ((low >> 6u) << 1u) | 1u, above >> 5u);
  let u = rounded(0u, 1032u, odd);
  return float64SquareRoot(float64Negate(timesPowerOfTwo(logarithm(u), 1)));
}

/** The sine of an angle of the word, given sine and cosine within its quadrant. */
fn inQuadrant(word: u32, sine: vec2<u32>, cosine: vec2<u32>) -> vec2<u32> {
  let magnitude = select(sine, cosine, (word & 0x40000000u) != 0u);
  return vec2<u32>(magnitude.x, magnitude.y ^ (word & 0x80000000u));
}

fn gaussianPair(words: vec3<u32>, deviation: vec2<u32>) -> GaussianPair {
  let radius = float64Multiply(deviation, radiusOfWords(words.x, words.y));
  // In turns from the middle of the quadrant, from −⅛ to ⅛.
  let angle = words.z;
  let signed = bitcast<i32>(angle << 2u) >> 2u;
  let x = timesPowerOfTwo(float64OfI32(2 * signed + 1), -33);
  let z = float64Multiply(x, x);
  let sineOverX = ${polynomial('z', sineOverTurn)};
  let sine = float64Multiply(x, sineOverX);
  let cosine = ${polynomial('z', cosine)};
  // The cosine is the sine a quarter turn ahead.
  return GaussianPair(
    float64Multiply(radius, inQuadrant(angle + 0x60000000u, sine, cosine)),
    float64Multiply(radius, inQuadrant(angle + 0x20000000u, sine, cosine)),
  );
}
`;
