/**
 * IEEE float64 in WGSL, which has no such type: a number is the `vec2<u32>` of its bits, the low
 * word first, as in memory. All of it is integer code, except for first guesses in float32, whose
 * error may be much larger than WGSL allows without an effect on the result.
 *
 * - `float64Add(a, b)`, `float64Subtract(a, b)`, `float64Multiply(a, b)`, `float64Divide(a, b)`,
 *   `float64SquareRoot(a)`: rounded to nearest, ties to even; zeros have the sign that IEEE 754
 *   gives them.
 * - `float64OfU32(u32)`, `float64OfI32(i32)`: exact.
 * - `float64OfFloat32(bits)`: exact, of the bits of a float32, subnormal ones included.
 * - `float32OfFloat64(a)`: bits of the float32, correctly rounded, also to a subnormal one or
 *   infinity.
 * - `float64Negate(a)`.
 *
 * Operands are zeros and normal numbers, and so must the results be: the results for infinity, NaN,
 * subnormal float64 numbers, a division by zero or the root of a negative number are not defined,
 * and callers must exclude them. The other functions are internal.
 */
export const softFloat64 = `
fn float64Negate(a: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x, a.y ^ 0x80000000u);
}

fn exponentOf(a: vec2<u32>) -> u32 {
  return (a.y >> 20u) & 0x7ffu;
}

/** The 53 bits of the mantissa, none of a zero. */
fn mantissaOf(a: vec2<u32>) -> vec2<u32> {
  let isZero = exponentOf(a) == 0u;
  return select(vec2<u32>(a.x, (a.y & 0xfffffu) | 0x100000u), vec2<u32>(0u), isZero);
}

fn add64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let low = a.x + b.x;
  return vec2<u32>(low, a.y + b.y + u32(low < a.x));
}

fn subtract64(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return vec2<u32>(a.x - b.x, a.y - b.y - u32(a.x < b.x));
}

fn isLess64(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.y < b.y || (a.y == b.y && a.x < b.x);
}

/** By at most 63. Devices take shifts of a word modulo 32. */
fn shiftLeft64(a: vec2<u32>, by: u32) -> vec2<u32> {
  let words = select(a, vec2<u32>(0u, a.x), by >= 32u);
  let rest = by & 31u;
  return vec2<u32>(words.x << rest, (words.y << rest) | ((words.x >> 1u) >> (31u - rest)));
}

/** By 63 at most; the lowest bit is set if a bit is lost. */
fn shiftRightSticky64(a: vec2<u32>, by: u32) -> vec2<u32> {
  let isFar = by >= 32u;
  let words = select(a, vec2<u32>(a.y, 0u), isFar);
  let rest = by & 31u;
  let lost = select(0u, a.x, isFar) | ((words.x << 1u) << (31u - rest));
  let low = (words.x >> rest) | ((words.y << 1u) << (31u - rest));
  return vec2<u32>(low | u32(lost != 0u), words.y >> rest);
}

/** Modulo 2⁶⁴; \`digit\` has 16 bits. */
fn multiplyDigit64(a: vec2<u32>, digit: u32) -> vec2<u32> {
  let first = (a.x & 0xffffu) * digit;
  let second = (a.x >> 16u) * digit + (first >> 16u);
  return vec2<u32>((first & 0xffffu) | (second << 16u), a.y * digit + (second >> 16u));
}

/**
 * mantissa·2^(exponent − 1086) with the sign, rounded; the mantissa is not 0, its lowest bit may be
 * sticky.
 */
fn rounded(sign: u32, exponent: u32, mantissa: vec2<u32>) -> vec2<u32> {
  let zeros = select(
    countLeadingZeros(mantissa.y),
    32u + countLeadingZeros(mantissa.x),
    mantissa.y == 0u,
  );
  let m = shiftLeft64(mantissa, zeros);
  // The mantissa's first bit, and a carry out of the others, add one to the exponent.
  let kept = vec2<u32>((m.x >> 11u) | (m.y << 21u), ((exponent - zeros - 1u) << 20u) + (m.y >> 11u));
  let isUp = (m.x & 0x7ffu) + (kept.x & 1u) > 0x400u;
  return add64(kept, vec2<u32>(u32(isUp), sign));
}

fn float64Add(first: vec2<u32>, second: vec2<u32>) -> vec2<u32> {
  let isOrdered = !isLess64(
    vec2<u32>(first.x, first.y & 0x7fffffffu),
    vec2<u32>(second.x, second.y & 0x7fffffffu),
  );
  let a = select(second, first, isOrdered);
  let b = select(first, second, isOrdered);
  let exponent = exponentOf(a);
  let large = shiftLeft64(mantissaOf(a), 10u);
  let small = shiftRightSticky64(
    shiftLeft64(mantissaOf(b), 10u),
    min(exponent - exponentOf(b), 63u),
  );
  let isDifference = ((a.y ^ b.y) >> 31u) == 1u;
  let sum = select(add64(large, small), subtract64(large, small), isDifference);
  let sign = a.y & 0x80000000u;
  let isZero = (sum.x | sum.y) == 0u;
  return select(rounded(sign, exponent + 1u, sum), vec2<u32>(0u, sign & b.y), isZero);
}

fn float64Subtract(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  return float64Add(a, float64Negate(b));
}

/** A number below 2⁵⁶ in four digits of 14 bits, the lowest first. */
fn digitsOf(a: vec2<u32>) -> vec4<u32> {
  return vec4<u32>(
    a.x & 0x3fffu,
    (a.x >> 14u) & 0x3fffu,
    ((a.x >> 28u) | (a.y << 4u)) & 0x3fffu,
    a.y >> 10u,
  );
}

fn float64Multiply(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let sign = (a.y ^ b.y) & 0x80000000u;
  // Eight times the mantissas: the product has 111 or 112 bits, of which the upper 56 and a sticky
  // one count.
  let x = digitsOf(shiftLeft64(mantissaOf(a), 3u));
  let y = digitsOf(shiftLeft64(mantissaOf(b), 3u));
  let p0 = x.x * y.x;
  let p1 = x.x * y.y + x.y * y.x + (p0 >> 14u);
  let p2 = x.x * y.z + x.y * y.y + x.z * y.x + (p1 >> 14u);
  let p3 = x.x * y.w + x.y * y.z + x.z * y.y + x.w * y.x + (p2 >> 14u);
  let p4 = x.y * y.w + x.z * y.z + x.w * y.y + (p3 >> 14u);
  let p5 = x.z * y.w + x.w * y.z + (p4 >> 14u);
  let p6 = x.w * y.w + (p5 >> 14u);
  let hasLower = ((p0 | p1 | p2 | p3) & 0x3fffu) != 0u;
  let low = (p4 & 0x3fffu) | ((p5 & 0x3fffu) << 14u) | (p6 << 28u);
  let product = vec2<u32>(low, p6 >> 4u);
  let exponent = exponentOf(a) + exponentOf(b) - 1014u;
  let result = rounded(sign, exponent, product | vec2<u32>(u32(hasLower), 0u));
  return select(result, vec2<u32>(0u, sign), exponentOf(a) == 0u || exponentOf(b) == 0u);
}

/** The upper 32 of 64 bits, \`by\` of which are not used. */
fn upperOf(a: vec2<u32>, unused: u32) -> f32 {
  return f32((a.y << unused) | (a.x >> (32u - unused)));
}

/** The whole part; it may be one too small, never too large. */
fn guess(value: f32) -> u32 {
  return u32(max(value - 0.5, 0.0));
}

fn float64Divide(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
  let sign = (a.y ^ b.y) & 0x80000000u;
  let divisor = mantissaOf(b);
  // Long division by digits of 14 bits. A guess leaves a remainder below twice the divisor.
  var remainder = mantissaOf(a);
  var quotient = vec2<u32>(0u);
  let scale = 32768.0 / upperOf(divisor, 11u);
  for (var i = 0; i < 4; i++) {
    let digit = guess(upperOf(remainder, 10u) * scale);
    remainder = subtract64(shiftLeft64(remainder, 14u), multiplyDigit64(divisor, digit));
    quotient = add64(shiftLeft64(quotient, 14u), vec2<u32>(digit, 0u));
  }
  if (!isLess64(remainder, divisor)) {
    remainder = subtract64(remainder, divisor);
    quotient = add64(quotient, vec2<u32>(1u, 0u));
  }
  // The quotient has 56 or 57 bits.
  let isInexact = (remainder.x | remainder.y) != 0u;
  let exponent = exponentOf(a) - exponentOf(b) + 1030u;
  let result = rounded(sign, exponent, quotient | vec2<u32>(u32(isInexact), 0u));
  return select(result, vec2<u32>(0u, sign), exponentOf(a) == 0u);
}

fn float64SquareRoot(a: vec2<u32>) -> vec2<u32> {
  // A fraction from a quarter to one, in 56 bits, and a power of four.
  let exponent = exponentOf(a);
  let fraction = shiftLeft64(mantissaOf(a), 3u - (exponent & 1u));
  let guessed = sqrt(upperOf(fraction, 8u) * 0x1p-32);
  // Digits of 14 bits again: the remainder, what root² lacks, is kept at the scale of the next
  // digit.
  var remainder = fraction;
  var root = vec2<u32>(0u);
  for (var place = 42; place >= 0; place -= 14) {
    let sum = upperOf(root, 8u) * 0x1p-32 + guessed;
    let digit = guess(upperOf(remainder, 6u) * 0x1p-16 / sum);
    let added = shiftLeft64(vec2<u32>(digit, 0u), u32(place));
    let factor = add64(shiftLeft64(root, 1u), added);
    remainder = subtract64(shiftLeft64(remainder, 14u), multiplyDigit64(factor, digit));
    root = add64(root, added);
  }
  let next = add64(shiftLeft64(root, 1u), vec2<u32>(1u, 0u));
  if (!isLess64(remainder, next)) {
    remainder = subtract64(remainder, next);
    root = add64(root, vec2<u32>(1u, 0u));
  }
  let isInexact = (remainder.x | remainder.y) != 0u;
  let result = rounded(0u, ((exponent + 1u) >> 1u) + 519u, root | vec2<u32>(u32(isInexact), 0u));
  return select(result, a, exponent == 0u);
}

/** word·2^(exponent − 1086) with the sign. */
fn float64OfWord(sign: u32, exponent: u32, word: u32) -> vec2<u32> {
  let result = rounded(sign, exponent, vec2<u32>(word, 0u));
  return select(result, vec2<u32>(0u, sign), word == 0u);
}

fn float64OfU32(value: u32) -> vec2<u32> {
  return float64OfWord(0u, 1086u, value);
}

fn float64OfI32(value: i32) -> vec2<u32> {
  let word = bitcast<u32>(value);
  let sign = word & 0x80000000u;
  return float64OfWord(sign, 1086u, select(word, ~word + 1u, sign != 0u));
}

fn float64OfFloat32(bits: u32) -> vec2<u32> {
  let exponent = (bits >> 23u) & 0xffu;
  let first = select(0x800000u, 0u, exponent == 0u);
  return float64OfWord(bits & 0x80000000u, max(exponent, 1u) + 936u, (bits & 0x7fffffu) | first);
}

fn float32OfFloat64(a: vec2<u32>) -> u32 {
  let exponent = clamp(i32(exponentOf(a)) - 896, -30, 255);
  // The upper 32 bits of the mantissa, the lowest of them sticky; fewer of a subnormal number.
  let mantissa = mantissaOf(a);
  let upper = (mantissa.y << 11u) | (mantissa.x >> 21u) | u32((mantissa.x << 11u) != 0u);
  let kept = shiftRightSticky64(vec2<u32>(upper, 0u), u32(max(1 - exponent, 0))).x;
  let isUp = (kept & 0xffu) + ((kept >> 8u) & 1u) > 0x80u;
  let magnitude = (u32(max(exponent, 1) - 1) << 23u) + (kept >> 8u) + u32(isUp);
  return (a.y & 0x80000000u) | min(magnitude, 0x7f800000u);
}
`;

/** The two words of a float64, the low one first. */
function float64Words(value: number): [low: number, high: number] {
  const [low, high] = new Uint32Array(Float64Array.of(value).buffer);
  return [low!, high!];
}

/** A float64 as a constant in WGSL. */
export function float64Constant(value: number): string {
  const [low, high] = float64Words(value);
  return `vec2<u32>(${low}u, ${high}u)`;
}
