import { requireDelta } from './accountant.ts';
import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import { gaussian, poissonSampled, requireCount } from './events.ts';
import { smallestWithin } from './smallestWithin.ts';

export interface CalibrationGoal {
  /** Largest ε allowed, > 0. */
  readonly epsilon: number;
  /** δ at which ε is meant, strictly between 0 and 1. */
  readonly delta: number;
  /** Probability with which a step draws each example, in (0, 1]. */
  readonly sampleRate: number;
  /** Number of steps, ≥ 1. */
  readonly steps: number;
  readonly accountant?: AccountantName;
}

/** Noise beyond this multiplier is not noise any more but a refusal to release. */
const LARGEST_NOISE_MULTIPLIER = 1e9;
const SMALLEST_NOISE_MULTIPLIER = 1e-6;

/**
 * The smallest noise multiplier (to a relative 1e-6) with which `steps` Poisson-sampled Gaussian releases stay within
 * (ε, δ). Always on the safe side: the accountant's ε for the multiplier returned is at most the goal's.
 *
 * @returns standard deviation over sensitivity
 * @throws RangeError if a number is out of range, or if the goal cannot be met
 */
export function calibrateNoiseMultiplier({
  epsilon,
  delta,
  sampleRate,
  steps,
  accountant,
}: CalibrationGoal): number {
  if (!(epsilon > 0 && Number.isFinite(epsilon))) {
    throw new RangeError(
      `epsilon: expected a finite goal above 0 (no amount of noise reaches 0), got ${epsilon}`,
    );
  }
  requireDelta(delta);
  if (!(sampleRate > 0 && sampleRate <= 1)) {
    throw new RangeError(`sampleRate: expected a probability in (0, 1], got ${sampleRate}`);
  }
  if (requireCount(steps, 'steps') === 0) throw new RangeError('steps: expected at least 1, got 0');

  const spent = (noiseMultiplier: number) =>
    createAccountant(accountant)
      .compose(poissonSampled(sampleRate, gaussian(noiseMultiplier)), steps)
      .epsilon(delta);

  const smallest = smallestWithin(spent, epsilon, {
    start: 1,
    lower: SMALLEST_NOISE_MULTIPLIER,
    upper: LARGEST_NOISE_MULTIPLIER,
    tolerance: 1e-6,
  });
  if (smallest === undefined) {
    throw new RangeError(
      `epsilon: ${epsilon} at delta ${delta} is out of reach of ${steps} steps at sample rate ${sampleRate}: ` +
        `a noise multiplier of ${LARGEST_NOISE_MULTIPLIER} still spends ${spent(LARGEST_NOISE_MULTIPLIER)}; ` +
        'take fewer steps, a smaller sample rate or a larger epsilon',
    );
  }
  return smallest;
}
