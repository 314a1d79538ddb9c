import { erfc, scaledErfc } from '../erfc.ts';

/** Far beyond this, products with an ε overflow. */
const LARGEST_EPSILON = 2 ** 500;
/** Below this, numbers are subnormal and lose precision. */
const SMALLEST_NORMAL = 2 ** -1022;

/**
 * δ of the plain Gaussian mechanism, Φ(1/2σ − εσ) − e^ε·Φ(−1/2σ − εσ) (Balle and Wang, "Improving
 * the Gaussian mechanism for differential privacy", 2018, theorem 8), rounded up by more than the
 * possible rounding error.
 *
 * @param epsilon ≥ 0
 * @param noiseMultiplier standard deviation over sensitivity, > 0
 */
export function gaussianDelta(epsilon: number, noiseMultiplier: number): number {
  const { difference, rounding } = profileAt(epsilon, noiseMultiplier);
  // NaN where a product overflowed.
  return difference + rounding < 1 ? difference + rounding : 1;
}

/** The same from below. */
export function gaussianDeltaBelow(epsilon: number, noiseMultiplier: number): number {
  const { difference, rounding } = profileAt(epsilon, noiseMultiplier);
  return difference > rounding ? difference - rounding : 0;
}

/** δ as computed, and the bound of its rounding error. */
function profileAt(epsilon: number, noiseMultiplier: number) {
  const half = 1 / (2 * noiseMultiplier);
  const near = half - epsilon * noiseMultiplier;
  const far = half + epsilon * noiseMultiplier;
  // e^ε·e^(−far²/2) = e^(−near²/2).
  const scale = Math.exp((-near * near) / 2) / 2;
  const first = near < 0 ? scale * scaledErfc(-near / Math.SQRT2) : erfc(-near / Math.SQRT2) / 2;
  const second = scale * scaledErfc(far / Math.SQRT2);
  if (first + second === 0) return { difference: 0, rounding: SMALLEST_NORMAL };
  const relative = Number.EPSILON * (8 + near * near + 2 * far * (Math.abs(near) + 1));
  return {
    difference: Math.max(0, first - second),
    rounding: relative * (first + second) + SMALLEST_NORMAL,
  };
}

/** The smallest ε ≥ 0 at which `gaussianDelta` is at most δ; Infinity if there is none. */
export function gaussianEpsilon(delta: number, noiseMultiplier: number): number {
  if (gaussianDelta(0, noiseMultiplier) <= delta) return 0;
  let high = 1;
  while (gaussianDelta(high, noiseMultiplier) > delta) {
    if (high >= LARGEST_EPSILON) return Infinity;
    high *= 2;
  }
  let low = high === 1 ? 0 : high / 2;
  while (high - low > 4 * Number.EPSILON * high) {
    const middle = (low + high) / 2;
    if (gaussianDelta(middle, noiseMultiplier) <= delta) high = middle;
    else low = middle;
  }
  return high;
}
