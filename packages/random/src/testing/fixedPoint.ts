/** Real numbers as multiples of 2⁻²⁰⁰, for reference values of float64 results. */

const digits = 200n;
export const one = 1n << digits;

const multiply = (a: bigint, b: bigint) => (a * b) >> digits;
const divide = (a: bigint, b: bigint) => (a << digits) / b;
const magnitude = (a: bigint) => (a < 0n ? -a : a);

/** Converts a float64 below 2⁵² that is a multiple of 2⁻²⁰⁰. */
export function fixed(value: number): bigint {
  let exponent = 0n;
  for (; !Number.isInteger(value); exponent++) value *= 2;
  return (BigInt(value) << digits) >> exponent;
}

/** The fraction numerator / denominator, at least 0. */
function fraction(numerator: bigint, denominator: bigint): bigint {
  return (numerator << digits) / denominator;
}

export function squareRoot(a: bigint): bigint {
  const target = a << digits;
  let root = 1n << BigInt(Math.ceil(target.toString(2).length / 2));
  for (;;) {
    const next = (root + target / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** 2·artanh s, |s| ≤ 1/3. */
function logarithmOfRatio(s: bigint): bigint {
  const square = multiply(s, s);
  let [sum, power] = [0n, s];
  for (let n = 1n; power !== 0n && n < 400n; n += 2n) {
    sum += power / n;
    power = multiply(power, square);
  }
  return 2n * sum;
}

const ln2 = logarithmOfRatio(fraction(1n, 3n));

/** ln(numerator / denominator), both > 0. */
export function logarithm(numerator: bigint, denominator: bigint): bigint {
  let twos = 0n;
  for (; numerator * 2n <= denominator; twos--) numerator *= 2n;
  for (; numerator > 2n * denominator; twos++) denominator *= 2n;
  const ratio = fraction(numerator, denominator);
  return twos * ln2 + logarithmOfRatio(divide(ratio - one, ratio + one));
}

/** 16·artan(1/5) − 4·artan(1/239) */
const pi = 16n * inverseTangent(5n) - 4n * inverseTangent(239n);

function inverseTangent(denominator: bigint): bigint {
  let [sum, power] = [0n, one / denominator];
  for (let n = 1n; power !== 0n; n += 2n) {
    sum += n % 4n === 1n ? power / n : -power / n;
    power /= denominator * denominator;
  }
  return sum;
}

/** Cosine and sine of an angle in turns, from 0 to 1. */
export function circle(turns: bigint): [cosine: bigint, sine: bigint] {
  const angle = 2n * multiply(pi, turns);
  const sums: [bigint, bigint] = [0n, 0n];
  let term = one;
  for (let n = 0n; magnitude(term) > 0n; term = multiply(term, angle) / ++n) {
    sums[Number(n % 2n)]! += n % 4n < 2n ? term : -term;
  }
  return sums;
}

/** The nearest float64, except for its last bits. */
export function float64(a: bigint): number {
  return Number(a >> (digits - 100n)) / 2 ** 100;
}
