import type { Mechanism } from './mechanisms.ts';

/** Taken once: in the sandbox of a test runner every look at `Math` is slow. */
const { exp } = Math;

/**
 * A plain mechanism as the distribution of λ, the log likelihood ratio of "with the example" (P) to
 * "without" (Q), under Q. Under P its density is e^λ times as large.
 */
export interface LikelihoodRatio {
  /** Density of the continuous part of λ under Q. */
  readonly density: (logRatio: number) => number;
  /**
   * Upper bound of how fast density·e^λ changes between two values of λ, per unit and relative to
   * itself.
   */
  readonly steepness: (from: number, to: number) => number;
  /** Single values of λ with a positive probability under Q. */
  readonly atoms: readonly { readonly logRatio: number; readonly probability: number }[];
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
    density: (logRatio) => {
      const z = (logRatio - mean) * noiseMultiplier;
      return peak * exp(-0.5 * z * z);
    },
    steepness: (from, to) => {
      const farthest = to - mean > mean - from ? to - mean : mean - from;
      return 1 + noiseMultiplier + noiseMultiplier ** 2 * farthest;
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
    density: (logRatio) => exp(-(logRatio + bound) / 2) / 4,
    steepness: () => 1.5,
    atoms: [
      { logRatio: -bound, probability: 0.5 },
      { logRatio: bound, probability: exp(-bound) / 2 },
    ],
    lowest: -bound,
    highest: bound,
    tail: 0,
  };
}
