import { forEachFrequency, FourierTransform } from './fft.ts';
import { logMoment } from './gridDistribution.ts';
import type { GridDistribution } from './gridDistribution.ts';

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp, log, atan2, cos, sin } = Math;

/**
 * The window for one composed distribution: weighted by e^(tilt·loss), on `length` grid points from
 * `start` on.
 */
export interface Window {
  readonly tilt: number;
  readonly start: number;
}

/** A distribution and how often it occurs. */
export interface RepeatedDistribution {
  readonly distribution: GridDistribution;
  readonly count: number;
}

/** The tilted and normalized distribution of a sum of losses, on a window. */
export interface TiltedSum {
  readonly window: Window;
  readonly step: number;
  /**
   * Probabilities under the tilt, each at least the true one minus `error`. The loss k·step is
   * stored at index k modulo the length; losses outside the window wrap into it.
   */
  readonly circle: Float64Array;
  /**
   * log E[e^(tilt·sum)]: the probability of a loss x is its place in the circle · e^(logScale −
   * tilt·x).
   */
  readonly logScale: number;
  /** Bound of Σ |computed − exact| over the circle. */
  readonly error: number;
}

/** Unit roundoff. */
const UNIT = Number.EPSILON / 2;
/** Frequencies whose power is below e^(−100) are treated as zero. */
const SMALLEST_EXPONENT = -100;

/**
 * The distributions of two sums of independent losses (for the two directions of adjacency), whose
 * grids have the same step: all parts are raised to the power of their counts and multiplied, with
 * one complex transform forward and one back.
 *
 * Tilting centres the window on the losses that determine the answer, and the rounding error of the
 * transform, which is absolute, small relative to them: without it a δ of 1e-15 would be lost in
 * rounding errors.
 *
 * The error is bounded through the 2-norm: ‖time‖₁ ≤ √N·‖time‖₂ = ‖frequency‖₂. A transform of z
 * has an error of η√N‖z‖₂; the n-th power, of numbers of at most 1, n times that error, and a
 * relative error of 8nu.
 */
export function composeTilted(
  pairs: readonly (readonly [RepeatedDistribution, RepeatedDistribution])[],
  windows: readonly [Window, Window],
  length: number,
): [TiltedSum, TiltedSum] {
  const logScales: [number, number] = [0, 0];
  const parts = pairs.map((pair): SplitComplex => {
    const [re, im] = pair.map(({ distribution, count }, direction) => {
      const { tilt } = windows[direction]!;
      const logScale = logMoment(distribution, tilt);
      logScales[direction]! += count * logScale;
      return wrapped(distribution, tilt, logScale, length);
    });
    return { re: re!, im: im! };
  });
  const counts = pairs.map(([{ count }]) => count);
  const isSingle = counts.length === 1 && counts[0] === 1;
  const { sum, error } = isSingle ? { sum: parts[0]!, error: 0 } : convolve(parts, counts, length);
  const { step } = pairs[0]![0].distribution;
  return [
    { window: windows[0], step, circle: sum.re, logScale: logScales[0], error },
    { window: windows[1], step, circle: sum.im, logScale: logScales[1], error },
  ];
}

/** The circular convolution of all parts, each with itself `counts` times; it is done in place. */
function convolve(
  parts: readonly SplitComplex[],
  counts: readonly number[],
  length: number,
): { readonly sum: SplitComplex; readonly error: number } {
  const transform = new FourierTransform(length);
  let transformError = 0;
  let powers = 0;
  for (const [index, part] of parts.entries()) {
    const count = counts[index]!;
    transformError += count * transform.relativeError * Math.sqrt(length) * norm(part);
    powers += count;
    transform.forward(part.re, part.im);
    raise(part, count);
    if (index > 0) multiply(parts[0]!, part);
  }
  const sum = parts[0]!;
  const rounding = (8 * UNIT * powers + transform.relativeError) * norm(sum);
  transform.inverse(sum.re, sum.im);
  // The factor 2 covers products of errors, the constant covers terms that were too small to keep.
  return { sum, error: 2 * (transformError + rounding) + 1e-30 };
}

/**
 * Transforms X and Y of two real sequences, packed as X + iY; at opposite frequencies each is its
 * own conjugate.
 */
interface SplitComplex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}
type Complex = readonly [number, number];
const ZERO: Complex = [0, 0];

/** Raises X and Y to a power. */
function raise(packed: SplitComplex, count: number): void {
  forEachFrequency(packed.re.length, (k, opposite) => {
    const x = power(firstOf(packed, k, opposite), count);
    const y = power(secondOf(packed, k, opposite), count);
    pack(packed, k, opposite, x, y);
  });
}

/** Multiplies X by X and Y by Y, into the first of the two. */
function multiply(into: SplitComplex, by: SplitComplex): void {
  forEachFrequency(into.re.length, (k, opposite) => {
    const x = product(firstOf(into, k, opposite), firstOf(by, k, opposite));
    const y = product(secondOf(into, k, opposite), secondOf(by, k, opposite));
    pack(into, k, opposite, x, y);
  });
}

const firstOf = ({ re, im }: SplitComplex, k: number, opposite: number): Complex => [
  (re[k]! + re[opposite]!) / 2,
  (im[k]! - im[opposite]!) / 2,
];

const secondOf = ({ re, im }: SplitComplex, k: number, opposite: number): Complex => [
  (im[k]! + im[opposite]!) / 2,
  (re[opposite]! - re[k]!) / 2,
];

function pack({ re, im }: SplitComplex, k: number, opposite: number, x: Complex, y: Complex): void {
  re[opposite] = x[0] + y[1];
  im[opposite] = y[0] - x[1];
  re[k] = x[0] - y[1];
  im[k] = x[1] + y[0];
}

const product = (a: Complex, b: Complex): Complex => [
  a[0] * b[0] - a[1] * b[1],
  a[0] * b[1] + a[1] * b[0],
];

function power([re, im]: Complex, count: number): Complex {
  const exponent = (count / 2) * log(re * re + im * im);
  if (exponent <= SMALLEST_EXPONENT) return ZERO;
  const size = exp(exponent);
  const angle = count * atan2(im, re);
  return [size * cos(angle), size * sin(angle)];
}

/** The tilted and normalized masses on a circle of grid points. */
function wrapped(
  { step, first, masses }: GridDistribution,
  tilt: number,
  logScale: number,
  length: number,
): Float64Array {
  const circle = new Float64Array(length);
  let position = remainder(first, length);
  for (let index = 0; index < masses.length; index++) {
    const mass = masses[index]!;
    if (mass !== 0) circle[position]! += mass * exp(tilt * (first + index) * step - logScale);
    if (++position === length) position = 0;
  }
  return circle;
}

/** Index of a grid point on a circle. */
export const remainder = (index: number, length: number): number =>
  ((index % length) + length) % length;

/** The 2-norm of a complex vector. */
function norm({ re, im }: SplitComplex): number {
  let sum = 0;
  for (let index = 0; index < re.length; index++) sum += re[index]! ** 2 + im[index]! ** 2;
  return Math.sqrt(sum);
}
