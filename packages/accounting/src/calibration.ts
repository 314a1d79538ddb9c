import { epsilonOf, requireBudget } from './budget.ts';
import type { PrivacyBudget } from './budget.ts';
import { gaussian, poissonSampled, requireCount, selfComposed } from './events.ts';
import type { PrivacyEvent } from './events.ts';
import { smallestWithin } from './smallestWithin.ts';

/** A budget for equal steps. */
export interface StepsGoal extends PrivacyBudget {
  /** Probability with which a step draws each example, in (0, 1]. */
  readonly sampleRate: number;
  /** Number of steps, ≥ 1. */
  readonly steps: number;
}

/** A budget for a whole plan, in which other events may be fixed. */
export interface PlanGoal extends PrivacyBudget {
  /**
   * Everything that will be released, as a function of the noise multiplier. More noise must not
   * spend more.
   */
  readonly plan: (noiseMultiplier: number) => PrivacyEvent;
}

export type CalibrationGoal = StepsGoal | PlanGoal;

const SMALLEST_NOISE_MULTIPLIER = 1e-6;
/** Largest noise multiplier that is tried: with more noise, a release would be useless. */
const LARGEST_NOISE_MULTIPLIER = 1e9;

/**
 * The smallest noise multiplier (to a relative 1e-6) with which equal steps, or a whole plan, stay
 * within a budget. Always on the safe side: the accountant's ε for the multiplier returned is at
 * most the goal's.
 *
 * @returns standard deviation over sensitivity
 * @throws RangeError if a number is out of range, or if the goal cannot be met; the message says
 *   why
 */
export function calibrateNoiseMultiplier(goal: CalibrationGoal): number {
  const { epsilon, delta, accountant } = requireBudget(goal);
  const plan = 'plan' in goal ? goal.plan : planOfSteps(goal);
  const range = { lower: SMALLEST_NOISE_MULTIPLIER, upper: LARGEST_NOISE_MULTIPLIER };

  // Rényi accounting is fast and always an upper bound: its answer is a little above the result.
  const near = smallestWithin((noise) => epsilonOf(plan(noise), 1, delta, 'rdp'), epsilon, {
    ...range,
    start: 1,
    firstStep: 0.5,
    tolerance: accountant === 'rdp' ? 1e-6 : 1e-2,
  });
  if (accountant === 'rdp' && near !== undefined) return near;
  const found =
    accountant === 'rdp'
      ? undefined
      : smallestWithin((noise) => epsilonOf(plan(noise), 1, delta, accountant), epsilon, {
          ...range,
          start: near ?? 1,
          firstStep: 0.04,
          tolerance: 1e-6,
        });
  if (found !== undefined) return found;
  const floor = epsilonOf(plan(LARGEST_NOISE_MULTIPLIER), 1, delta, accountant);
  throw new RangeError(
    `epsilon: ${epsilon} at delta ${delta} is out of reach: even with a noise multiplier of ${LARGEST_NOISE_MULTIPLIER} ` +
      `the accountant finds ${floor}` +
      ('plan' in goal
        ? ', which the other events of the plan spend; give those more noise, leave some out, or raise epsilon or delta'
        : `; take fewer steps than ${goal.steps}, a smaller sample rate than ${goal.sampleRate}, or a larger epsilon or delta`),
  );
}

function planOfSteps({ sampleRate, steps }: StepsGoal): PlanGoal['plan'] {
  if (!(sampleRate > 0 && sampleRate <= 1)) {
    throw new RangeError(`sampleRate: expected a probability in (0, 1], got ${sampleRate}`);
  }
  if (requireCount(steps, 'steps') === 0) throw new RangeError('steps: expected at least 1, got 0');
  return (noise) => selfComposed(poissonSampled(sampleRate, gaussian(noise)), steps);
}
