import {
  noiseCloseness,
  noiseClosenessEpsilon,
  type NoiseClosenessEvent,
  type PrivacyEvent,
} from '@dpquant/accounting';
import { gridNoiseScale } from '@dpquant/random';
import { gridUnitsInClipNorm } from './grid.ts';

/**
 * Rényi divergence divided by the order that each value with noise adds: see docs/noise.md. A power
 * of two, so that sums of it are exact.
 */
const divergenceOfValue = 2 ** -76;

/** The privacy cost of the noise of this many values, in addition to that of the ideal Gaussian. */
export function closenessOfValues(count: number): NoiseClosenessEvent {
  return noiseCloseness(count * divergenceOfValue);
}

/** Largest share of ε that may be ε′, the cost of the noise not being exactly Gaussian. */
const largestShare = 1e-3;

/**
 * Refuses a plan whose cost of noise that is not exactly Gaussian is not negligible.
 *
 * @param event what the whole plan costs
 * @param epsilon its ε; Infinity for one without a guarantee
 * @throws RangeError where ε′ is more than a thousandth of ε
 */
export function requireCloseNoise(event: PrivacyEvent, epsilon: number): void {
  const closeness = noiseClosenessEpsilon(event);
  if (closeness <= largestShare * epsilon) return;
  throw new RangeError(
    `epsilon: the noise of all values that the plan releases differs from Gaussian noise by an ε′ of ${closeness.toPrecision(3)}, ` +
      `more than a thousandth of ε = ${epsilon}; take fewer steps, fewer trainable weights or a larger epsilon`,
  );
}

/**
 * Range of noise multipliers (standard deviation divided by sensitivity) that the grid supports.
 */
export const noiseMultiplierRange = {
  smallest: 2 ** -16,
  /** The first value that is too large. */
  tooLarge: 2 ** 22,
};

/**
 * Standard deviation of the noise in grid units; the sensitivity is 2²⁰ of them.
 *
 * @throws RangeError for a noise multiplier outside the range
 */
export function gridDeviation(noiseMultiplier: number): number {
  const deviation = noiseMultiplier * gridUnitsInClipNorm;
  if (noiseMultiplier !== 0) gridNoiseScale(deviation);
  return deviation;
}

/** Whether the grid supports noise of this multiplier. */
export function isOnGrid(noiseMultiplier: number): boolean {
  const { smallest, tooLarge } = noiseMultiplierRange;
  return noiseMultiplier >= smallest && noiseMultiplier < tooLarge;
}
