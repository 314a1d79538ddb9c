import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import { requireBudget } from './budget.ts';
import type { PrivacyBudget } from './budget.ts';
import type { PrivacyEvent } from './events.ts';
import { MechanismTally } from './mechanisms.ts';

export interface StepCountGoal extends PrivacyBudget {
  /** What one step releases. */
  readonly event: PrivacyEvent;
  /** What was released already. */
  readonly after?: PrivacyEvent;
}

/**
 * Number of times that an event fits into a budget. On the safe side: this many steps stay within
 * it, and one more does not (above a billion steps: a billionth more does not).
 *
 * @returns an integer ≥ 0; 0 also if the budget is already spent; 2^53 − 1 also if more would fit;
 *   Infinity if the event releases nothing
 * @throws RangeError if a number is out of range
 */
export function largestStepCount(goal: StepCountGoal): number {
  const { epsilon, delta, accountant } = requireBudget(goal);
  if (!(spent(goal, 1, delta, accountant) <= epsilon)) return 0;
  if (releasesNothing(goal.event)) return Infinity;
  // Rényi accounting is fast and always an upper bound: its answer is a first guess within the
  // budget.
  const quick = largestCount((count) => spent(goal, count, delta, 'rdp'), epsilon, 1);
  if (accountant === 'rdp') return quick;
  return largestCount((count) => spent(goal, count, delta, accountant), epsilon, quick);
}

function releasesNothing(event: PrivacyEvent): boolean {
  const tally = new MechanismTally();
  tally.add(event, 1);
  return tally.entries().length === 0 && tally.divergence === 0;
}

function spent(
  { event, after }: StepCountGoal,
  count: number,
  delta: number,
  accountant: AccountantName | undefined,
): number {
  const total = createAccountant(accountant).compose(event, count);
  if (after !== undefined) total.compose(after);
  return total.epsilon(delta);
}

/**
 * The largest count up to 2^53 − 1 at which an increasing function is at most `goal`, searched
 * around a first guess; 0 if 1 is too much. Bracketed by extended secant steps, then found by false
 * position (the Illinois variant), with a bisection every third time.
 */
function largestCount(valueOf: (count: number) => number, goal: number, guess: number): number {
  /** Distance above the goal; NaN counts as above. */
  const excess = (count: number): number => {
    const value = valueOf(count);
    return value < Infinity ? value - goal : Number.MAX_VALUE;
  };
  let low = 0;
  let lowExcess = -goal;
  let high = Math.max(1, guess);
  let highExcess = excess(high);
  for (let step = 1; highExcess <= 0; step *= 2) {
    if (high === Number.MAX_SAFE_INTEGER) return high;
    const reach = (-1.1 * highExcess * (high - low)) / (highExcess - lowExcess);
    [low, lowExcess] = [high, highExcess];
    // Without a usable slope, uses growing steps.
    const next = high + Math.max(step, reach <= 1e3 * high ? Math.ceil(reach) : 0);
    high = Math.min(Number.MAX_SAFE_INTEGER, next);
    highExcess = excess(high);
  }
  for (let step = 1; low === 0 && high > 1 && step < high; step *= 2) {
    const lower = high - step;
    const lowerExcess = excess(lower);
    if (lowerExcess <= 0) {
      [low, lowExcess] = [lower, lowerExcess];
    } else {
      [high, highExcess] = [lower, lowerExcess];
    }
  }

  let [lowWeight, highWeight] = [lowExcess, highExcess];
  let replaced: 'low' | 'high' | undefined;
  for (let round = 1; high - low > Math.max(1, low * 1e-9); round++) {
    const position = low + ((high - low) * lowWeight) / (lowWeight - highWeight);
    const proposal = round % 3 === 0 ? (low + high) / 2 : position;
    const middle = Math.min(high - 1, Math.max(low + 1, Math.floor(proposal)));
    const middleExcess = excess(middle);
    if (middleExcess <= 0) {
      if (replaced === 'low') highWeight /= 2;
      [low, lowWeight, replaced] = [middle, middleExcess, 'low'];
    } else {
      if (replaced === 'high') lowWeight /= 2;
      [high, highWeight, replaced] = [middle, middleExcess, 'high'];
    }
  }
  return low;
}
