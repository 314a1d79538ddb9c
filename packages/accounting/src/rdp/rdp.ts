import { logFractionalMoment } from './fractionalMoment.ts';
import { logExpMinusOne, logIntegerMoment } from './integerMoment.ts';
import type { Mechanism } from '../mechanisms.ts';
import { sampledLoss } from '../sampledLoss.ts';

/**
 * The default orders of Rényi accounting: dense where common settings have their optimum, with some
 * close to 1 for ε above 100, and four large ones for very small ε.
 */
export const defaultOrders: readonly number[] = [
  ...[1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.06].map((excess) => 1 + excess),
  ...Array.from({ length: 99 }, (_, index) => (11 + index) / 10),
  ...Array.from({ length: 52 }, (_, index) => 12 + index),
  128,
  256,
  512,
  1024,
];

/**
 * Everything computed in logarithms is raised by this factor, which is far more than the possible
 * rounding error.
 */
const ROUNDING_GUARD = 1 + 1e-13;

/**
 * Rényi differential privacy of one release of the Poisson-sampled Gaussian mechanism, from above,
 * under adding or removing one example (Mironov, Talwar, Zhang, "Rényi differential privacy of the
 * sampled Gaussian mechanism", 2019, who show that removal is the worse of the two).
 *
 * @param sampleRate probability q with which each example is drawn, 0 ≤ q ≤ 1
 * @param noiseMultiplier standard deviation over sensitivity, ≥ 0
 * @param order α > 1, integer or not
 * @returns the divergence in nats; Infinity where there is no noise, or it overflows
 * @throws RangeError if an argument is out of range
 */
export function sampledGaussianRdp(
  sampleRate: number,
  noiseMultiplier: number,
  order: number,
): number {
  requireArguments(sampleRate, noiseMultiplier, 'noiseMultiplier', order);
  if (sampleRate === 0) return 0;
  if (noiseMultiplier === 0) return Infinity;
  if (sampleRate === 1) {
    return Math.max(Number.MIN_VALUE, (ROUNDING_GUARD * order) / (2 * noiseMultiplier ** 2));
  }
  return divergence(
    order,
    Number.isInteger(order)
      ? logIntegerMoment(order, Math.log(sampleRate), Math.log1p(-sampleRate), (i) =>
          logExpMinusOne((i * i - i) / (2 * noiseMultiplier ** 2)),
        )
      : logFractionalMoment(sampleRate, noiseMultiplier, order),
  );
}

/**
 * Rényi differential privacy of one release of the Poisson-sampled Laplace mechanism, from above,
 * under adding or removing one example. Removal is the worse of the two, as for Gaussian noise: the
 * proof (theorem 5 of the paper above) needs only that a reflection exchanges the two
 * distributions. At integer orders the moment is a finite sum of those of the plain mechanism;
 * between them its logarithm, being convex, lies below the chord.
 *
 * @param sampleRate probability q with which each example is drawn, 0 ≤ q ≤ 1
 * @param scale Laplace scale over L1 sensitivity, ≥ 0
 * @param order α > 1, integer or not
 * @returns the divergence in nats; Infinity where there is no noise
 * @throws RangeError if an argument is out of range
 */
export function sampledLaplaceRdp(sampleRate: number, scale: number, order: number): number {
  requireArguments(sampleRate, scale, 'scale', order);
  if (sampleRate === 0) return 0;
  if (scale === 0) return Infinity;
  const logMoment = (i: number): number => logLaplaceMoment(scale, i);
  if (sampleRate === 1) return divergence(order, logMoment(order));
  return chordBetweenIntegers(order, (integer) =>
    divergence(
      integer,
      logIntegerMoment(integer, Math.log(sampleRate), Math.log1p(-sampleRate), logMoment),
    ),
  );
}

/** The divergence of one release of a mechanism, in nats, under the adjacency of its sampling. */
export function mechanismRdp(mechanism: Mechanism, order: number): number {
  const { noise, scale, sampling, sampleRate } = mechanism;
  if (sampling === 'withoutReplacement') return withoutReplacementRdp(mechanism, order);
  return noise === 'gaussian'
    ? sampledGaussianRdp(sampleRate, scale, order)
    : sampledLaplaceRdp(sampleRate, scale, order);
}

/**
 * The divergence of infinite order: the ε of one release without any δ. Sampling amplifies it to
 * log(1 + q(e^ε − 1)), with and without replacement (Balle, Barthe, Gaboardi, "Privacy
 * amplification by subsampling", 2018).
 */
export function pureEpsilon({ noise, scale, sampling, sampleRate }: Mechanism): number {
  if (noise === 'gaussian' || scale === 0) return Infinity;
  const plain = (sampling === 'poisson' ? 1 : 2) / scale;
  return ROUNDING_GUARD * sampledLoss(sampleRate, plain);
}

/**
 * Sampling without replacement under the replacement of one example (Wang, Balle, Kasiviswanathan,
 * "Subsampled Rényi differential privacy and analytical moments accountant", 2019, theorem 9),
 * which holds for any mechanism. A replacement changes the sum by up to two contributions, as if
 * the noise were half as large.
 */
function withoutReplacementRdp({ noise, scale, sampleRate }: Mechanism, order: number): number {
  const plain: Mechanism = { noise, scale: scale / 2, sampling: 'poisson', sampleRate: 1 };
  if (sampleRate === 1 || scale === 0) return mechanismRdp(plain, order);
  const pure = pureEpsilon(plain);
  /** log min(2, (e^ε(∞) − 1)ʲ). */
  const logCap = (j: number): number => Math.min(Math.LN2, j * logExpMinusOne(pure));
  const logFactor = (j: number): number => {
    const exponent = (j - 1) * mechanismRdp(plain, j);
    const general = exponent + logCap(j);
    return j === 2 ? Math.min(general, 2 * Math.LN2 + logExpMinusOne(exponent)) : general;
  };
  return chordBetweenIntegers(order, (integer) =>
    divergence(integer, logIntegerMoment(integer, Math.log(sampleRate), 0, logFactor)),
  );
}

/** A bound at any order from one at integers: (α − 1)·divergence is convex in α, and 0 at α = 1. */
function chordBetweenIntegers(order: number, bound: (integer: number) => number): number {
  const below = Math.floor(order);
  const above = Math.ceil(order);
  if (below === above) return bound(order);
  const atBelow = below === 1 ? 0 : (below - 1) * bound(below);
  const chord = (above - order) * atBelow + (order - below) * (above - 1) * bound(above);
  return (ROUNDING_GUARD * chord) / (order - 1);
}

/**
 * log(M − 1) for the moment M = α/(2α−1)·e^((α−1)/b) + (α−1)/(2α−1)·e^(−α/b) of the plain Laplace
 * mechanism (Mironov, "Rényi differential privacy", 2017, proposition 6), raised by the rounding
 * error of the difference.
 */
function logLaplaceMoment(scale: number, order: number): number {
  const rise = (order - 1) / scale;
  const weight = order / (2 * order - 1);
  if (rise > 40) return rise + Math.log(weight + (1 - weight) * Math.exp(-rise));
  const gain = weight * Math.expm1(rise);
  const loss = (1 - weight) * Math.expm1(-order / scale);
  return Math.log(Math.max(0, gain + loss) + 4 * Number.EPSILON * (gain - loss));
}

/** From log(A − 1), A the moment, to the divergence log(A)/(α − 1). */
function divergence(order: number, logMomentLessOne: number): number {
  const logMoment =
    logMomentLessOne > 0
      ? logMomentLessOne + Math.log1p(Math.exp(-logMomentLessOne))
      : Math.log1p(Math.exp(logMomentLessOne));
  const value = (ROUNDING_GUARD * logMoment) / (order - 1);
  // Underflow is rounded up to the smallest positive number; NaN becomes Infinity (no bound).
  return Number.isNaN(value) ? Infinity : Math.max(Number.MIN_VALUE, value);
}

function requireArguments(
  sampleRate: number,
  scale: number,
  scaleName: string,
  order: number,
): void {
  if (!(sampleRate >= 0 && sampleRate <= 1)) {
    throw new RangeError(`sampleRate: expected a probability between 0 and 1, got ${sampleRate}`);
  }
  if (!(scale >= 0)) throw new RangeError(`${scaleName}: expected a number ≥ 0, got ${scale}`);
  if (!(order > 1 && Number.isFinite(order))) {
    throw new RangeError(`order: expected a finite Rényi order above 1, got ${order}`);
  }
}
