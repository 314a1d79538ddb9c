import type { Mechanism } from '../mechanisms.ts';

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { exp } = Math;

/**
 * A plain mechanism as the distribution of λ, the log likelihood ratio of "with the example" (P) to
 * "without" (Q). Every P is e^λ times its Q; both are given, because one may underflow where the
 * other is large.
 */
export interface LikelihoodRatio {
  /** Density of the continuous part of λ under Q. */
  readonly densityWithout: (logRatio: number) => number;
  /** The same under P. */
  readonly densityWith: (logRatio: number) => number;
  /** Upper bound of the relative rate of change of either density between two values of λ. */
  readonly steepness: (from: number, to: number) => number;
  /** Single values of λ with a positive probability, with the example and without it. */
  readonly atoms: readonly {
    readonly logRatio: number;
    readonly without: number;
    readonly with: number;
  }[];
  /**
   * λ is below `lowest` with probability ≤ `tail` under Q, and above `highest` with ≤ `tail` under
   * the mixture (1 − q)Q + qP.
   */
  readonly lowest: number;
  readonly highest: number;
  readonly tail: number;
}

/**
 * The ratio behind a mechanism whose noise is not zero and whose sampling is Poisson.
 *
 * @param tail probability that may be cut off at either end
 */
export function likelihoodRatio(
  { noise, scale, sampleRate }: Mechanism,
  tail: number,
): LikelihoodRatio {
  return noise === 'gaussian' ? gaussianRatio(scale, sampleRate, tail) : laplaceRatio(scale);
}

/** λ is N(−μ²/2, μ²) under Q and N(μ²/2, μ²) under P, with μ = 1/σ. */
function gaussianRatio(noiseMultiplier: number, sampleRate: number, tail: number): LikelihoodRatio {
  const mu = 1 / noiseMultiplier;
  const mean = (-mu * mu) / 2;
  const peak = 1 / (mu * Math.sqrt(2 * Math.PI));
  /** P(N(0, 1) > t) ≤ e^(−t²/2)/2 is at most half of the probability given. */
  const quantile = (probability: number) => Math.sqrt(Math.max(0, -2 * Math.log(probability)));
  return {
    densityWithout: (logRatio) => {
      const z = (logRatio - mean) * noiseMultiplier;
      return peak * exp(-0.5 * z * z);
    },
    densityWith: (logRatio) => {
      const z = (logRatio + mean) * noiseMultiplier;
      return peak * exp(-0.5 * z * z);
    },
    steepness: (from, to) => {
      const farthest = to - mean > mean - from ? to - mean : mean - from;
      return 1 + noiseMultiplier + noiseMultiplier * (noiseMultiplier * farthest);
    },
    atoms: [],
    lowest: mean - mu * quantile(tail),
    highest: Math.max(mean + mu * quantile(tail), -mean + mu * quantile(tail / sampleRate)),
    tail,
  };
}

/**
 * The noise is at 0 without the example and at 1 with it. Outside of [0, 1] λ is ∓1/b; inside, at
 * x, it is (2x − 1)/b.
 */
function laplaceRatio(scale: number): LikelihoodRatio {
  const bound = 1 / scale;
  return {
    densityWithout: (logRatio) => exp(-(logRatio + bound) / 2) / 4,
    densityWith: (logRatio) => exp((logRatio - bound) / 2) / 4,
    steepness: () => 1.5,
    atoms: [
      { logRatio: -bound, without: 0.5, with: exp(-bound) / 2 },
      { logRatio: bound, without: exp(-bound) / 2, with: 0.5 },
    ],
    lowest: -bound,
    highest: bound,
    tail: 0,
  };
}
