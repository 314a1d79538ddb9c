import { logErfc, scaledErfc } from '../erfc.ts';

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp, log, abs, sqrt } = Math;

/** Number of terms of the accelerated tail; its error is below 2·5.828⁻²² ≈ 3e-17 of the tail. */
const TAIL_TERMS = 22;

const TAIL_LOG_WEIGHTS = /* @__PURE__ */ logAccelerationWeights(TAIL_TERMS);

/**
 * log(A − 1), A the α-th moment of the Poisson-sampled Gaussian, for any order α > 1 and 0 < q < 1,
 * from above.
 *
 * With L the likelihood ratio of N(1, σ²) to N(0, σ²), A − 1 = E[(1 − q + qL)^α − 1 − αq(L − 1)]
 * under N(0, σ²), since E[L] = 1. Where qL < 1 − q the power is expanded in qL, elsewhere in 1 − q
 * (Mironov, Talwar, Zhang, "Rényi differential privacy of the sampled Gaussian mechanism", 2019,
 * section 3.3). The subtracted part is included in the first two coefficients; subtracting it from
 * the sum would lose every digit for small q.
 *
 * From i > α on the signs alternate and the terms, without their signs, are moments of a positive
 * measure on [0, 1]: C(α, i) is a Beta integral, and the rest is an expectation of powers of a
 * ratio below 1. Hence the tail may be summed by Cohen, Rodriguez Villegas and Zagier ("Convergence
 * acceleration of alternating series", 2000, algorithm 1), whose error has a proven bound for all q
 * and α.
 */
export function logFractionalMoment(
  sampleRate: number,
  noiseMultiplier: number,
  order: number,
): number {
  const logRate = log(sampleRate);
  const logRest = Math.log1p(-sampleRate);
  const variance = noiseMultiplier ** 2;
  const split = variance * (logRest - logRate) + 0.5;
  const logHalfErfc = (x: number) => logErfc(x / sqrt(2 * variance)) - Math.LN2;
  const sum = new SignedLogSum();

  const first = powerMinusTangent(logRest, sampleRate, order);
  const second = order * sampleRate * -Math.expm1((order - 1) * logRest);
  const constant = 1 - order * sampleRate;
  sum.add(Math.sign(first), log(abs(first)) + logHalfErfc(-split));
  sum.add(-1, log(second) + logHalfErfc(1 - split));
  sum.add(-Math.sign(constant), log(abs(constant)) + logHalfErfc(split));
  sum.add(-1, log(order * sampleRate) + logHalfErfc(split - 1));

  // At the split qL = 1 − q: beyond it all powers contribute the same up to a factor erfcx, which
  // avoids the difference of large exponents.
  const atSplit = order * logRest - split ** 2 / (2 * variance);
  /**
   * Adds coefficient · q^power (1 − q)^(α − power) e^((power² − power)/2σ²) erfc(distance/√2σ)/2.
   */
  const addTerm = (sign: number, logCoefficient: number, power: number, distance: number) => {
    if (distance > 0) {
      const scaled = log(scaledErfc(distance / sqrt(2 * variance)) / 2);
      sum.add(sign, logCoefficient + atSplit + scaled, abs(logCoefficient));
      return;
    }
    const rate = power * logRate;
    const rest = (order - power) * logRest;
    const moment = (power * power - power) / (2 * variance);
    const magnitude = abs(logCoefficient) + abs(rate) + abs(rest) + abs(moment);
    sum.add(sign, logCoefficient + rate + rest + moment + logHalfErfc(distance), magnitude);
  };
  const tailStart = Math.floor(order) + 1;
  let logBinomial = 0;
  for (let i = 0; i < tailStart + TAIL_TERMS; i++) {
    const j = order - i;
    const sign = i < tailStart ? 1 : (-1) ** (i - tailStart);
    const weight = i < tailStart ? 0 : TAIL_LOG_WEIGHTS[i - tailStart]!;
    if (i >= 2) addTerm(sign, logBinomial + weight, i, i - split);
    addTerm(sign, logBinomial + weight, j, split - j);
    logBinomial += log(abs(j) / (i + 1));
  }
  return sum.logUpperBound();
}

/** (1 − q)^α − 1 + αq without cancellation, given log(1 − q). */
function powerMinusTangent(logRest: number, q: number, order: number): number {
  if (order * q > 0.05) return Math.expm1(order * logRest) + order * q;
  let term = -order * q;
  let sum = 0;
  for (let k = 2; k < 40 && abs(term) > 1e-18 * abs(sum); k++) {
    term *= (-(order - k + 1) * q) / k;
    sum += term;
  }
  return sum;
}

/** Σ ±exp(…) of terms far beyond the range of float64, with a bound of its rounding error. */
class SignedLogSum {
  readonly #terms: { readonly sign: number; readonly log: number; readonly magnitude: number }[] =
    [];

  /** @param magnitude size of the largest terms whose sum is the log */
  add(sign: number, log: number, magnitude = 0): void {
    if (sign !== 0 && log !== -Infinity) this.#terms.push({ sign, log, magnitude });
  }

  /** Log of the sum plus its rounding error; NaN or Infinity if a term was. */
  logUpperBound(): number {
    const largest = this.#terms.reduce((most, { log }) => (log > most ? log : most), -Infinity);
    let sum = 0;
    let rounding = 0;
    for (const { sign, log, magnitude } of this.#terms) {
      const term = exp(log - largest);
      sum += sign * term;
      rounding += term * (32 + 4 * (abs(log) + magnitude)) * Number.EPSILON;
    }
    return largest + log(Math.max(sum, 0) + rounding);
  }
}

/**
 * Logs of weights, all in (0, 1], with which the first terms of an alternating series approximate
 * its sum.
 */
function logAccelerationWeights(count: number): number[] {
  const root = (3 + sqrt(8)) ** count;
  const scale = (root + 1 / root) / 2;
  let b = -1;
  let c = -scale;
  return Array.from({ length: count }, (_, k) => {
    c = b - c;
    b *= ((k + count) * (k - count)) / ((k + 0.5) * (k + 1));
    return log(((-1) ** k * c) / scale);
  });
}
