import { logFractionalMoment } from './fractionalMoment.ts';

/**
 * The orders at which Rényi accounting is done unless others are given: dense where the common settings have
 * their optimum, with four large ones for very small ε.
 */
export const defaultOrders: readonly number[] = [
  ...Array.from({ length: 99 }, (_, index) => (11 + index) / 10),
  ...Array.from({ length: 52 }, (_, index) => 12 + index),
  128,
  256,
  512,
  1024,
];

/** Everything computed in logarithms is raised by this factor, far above what rounding can take off. */
const ROUNDING_GUARD = 1 + 1e-13;

/**
 * Rényi differential privacy of one release of the Poisson-sampled Gaussian mechanism, from above, under
 * adding or removing one example (Mironov, Talwar, Zhang 2019, who show that removal is the worse of the two).
 *
 * @param sampleRate probability q with which each example is drawn, 0 ≤ q ≤ 1
 * @param noiseMultiplier standard deviation over sensitivity, ≥ 0
 * @param order α > 1, integer or not
 * @returns the divergence in nats; Infinity where there is no noise or no finite number can hold it
 * @throws RangeError if an argument is out of range
 */
export function sampledGaussianRdp(
  sampleRate: number,
  noiseMultiplier: number,
  order: number,
): number {
  if (!(sampleRate >= 0 && sampleRate <= 1)) {
    throw new RangeError(`sampleRate: expected a probability between 0 and 1, got ${sampleRate}`);
  }
  if (!(noiseMultiplier >= 0)) {
    throw new RangeError(`noiseMultiplier: expected a number ≥ 0, got ${noiseMultiplier}`);
  }
  if (!(order > 1 && Number.isFinite(order))) {
    throw new RangeError(`order: expected a finite Rényi order above 1, got ${order}`);
  }
  if (sampleRate === 0) return 0;
  if (noiseMultiplier === 0) return Infinity;
  if (sampleRate === 1) return (ROUNDING_GUARD * order) / (2 * noiseMultiplier ** 2);
  const logMoment = Number.isInteger(order)
    ? logIntegerMoment(sampleRate, noiseMultiplier, order)
    : logFractionalMoment(sampleRate, noiseMultiplier, order);
  const divergence = (ROUNDING_GUARD * logOnePlusExp(logMoment)) / (order - 1);
  return Number.isNaN(divergence) ? Infinity : divergence;
}

/** log(A − 1) for an integer order: Σ_{i≥2} C(α,i) qⁱ (1−q)^(α−i) expm1((i²−i)/2σ²), all of one sign. */
function logIntegerMoment(sampleRate: number, noiseMultiplier: number, order: number): number {
  const logRate = Math.log(sampleRate);
  const logRest = Math.log1p(-sampleRate);
  let largest = -Infinity;
  let logBinomial = Math.log(order);
  const logs = Array.from({ length: order - 1 }, (_, index) => {
    const i = index + 2;
    logBinomial += Math.log((order - i + 1) / i);
    const exponent = (i * i - i) / (2 * noiseMultiplier ** 2);
    const logMoment = exponent > 40 ? exponent : Math.log(Math.expm1(exponent));
    const log = logBinomial + i * logRate + (order - i) * logRest + logMoment;
    largest = Math.max(largest, log);
    return log;
  });
  if (!Number.isFinite(largest)) return largest;
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0));
}

/** log(1 + eˣ). */
function logOnePlusExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
