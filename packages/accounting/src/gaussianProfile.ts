import { erfc, scaledErfc } from './erfc.ts';

/**
 * δ of the plain Gaussian mechanism, Φ(1/2σ − εσ) − e^ε·Φ(−1/2σ − εσ) (Balle and Wang, "Improving
 * the Gaussian mechanism for differential privacy", 2018, theorem 8), from above by what rounding
 * can do.
 *
 * @param epsilon ≥ 0
 * @param noiseMultiplier standard deviation over sensitivity, > 0
 */
export function gaussianDelta(epsilon: number, noiseMultiplier: number): number {
  const half = 1 / (2 * noiseMultiplier);
  const near = half - epsilon * noiseMultiplier;
  const far = half + epsilon * noiseMultiplier;
  // e^ε·e^(−far²/2) = e^(−near²/2).
  const scale = Math.exp((-near * near) / 2) / 2;
  const first = near < 0 ? scale * scaledErfc(-near / Math.SQRT2) : erfc(-near / Math.SQRT2) / 2;
  const second = scale * scaledErfc(far / Math.SQRT2);
  const rounding = Number.EPSILON * (8 + near * near + 2 * far * (Math.abs(near) + 1));
  return Math.min(1, Math.max(0, first - second) + rounding * (first + second));
}

/** The smallest ε ≥ 0 at which `gaussianDelta` is at most δ. */
export function gaussianEpsilon(delta: number, noiseMultiplier: number): number {
  if (gaussianDelta(0, noiseMultiplier) <= delta) return 0;
  let high = 1;
  while (gaussianDelta(high, noiseMultiplier) > delta && high < Number.MAX_VALUE) high *= 2;
  let low = high === 1 ? 0 : high / 2;
  while (high - low > 4 * Number.EPSILON * high) {
    const middle = (low + high) / 2;
    if (gaussianDelta(middle, noiseMultiplier) <= delta) high = middle;
    else low = middle;
  }
  return high;
}
