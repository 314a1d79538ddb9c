import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import { requireBudget } from './budget.ts';
import type { PrivacyBudget } from './budget.ts';
import type { PrivacyEvent } from './events.ts';
import { MechanismTally } from './mechanisms.ts';
import { smallestWithin } from './smallestWithin.ts';

export interface StepCountGoal extends PrivacyBudget {
  /** What one step releases. */
  readonly event: PrivacyEvent;
  /** What was released already. */
  readonly after?: PrivacyEvent;
}

/**
 * How often an event fits into a budget. On the safe side: so many steps stay within it, and one
 * more does not (beyond a billion steps: a billionth part more does not).
 *
 * @returns an integer ≥ 0; 0 also if the budget is spent already; 2^53 − 1 also if more would fit;
 * Infinity if the event releases nothing
 * @throws RangeError if a number is out of range
 */
export function largestStepCount(goal: StepCountGoal): number {
  const { epsilon, delta, accountant } = requireBudget(goal);
  const fits = (count: number) => spent(goal, count, delta, accountant) <= epsilon;
  if (!fits(1)) return 0;
  if (releasesNothing(goal.event)) return Infinity;
  const quick = largestCount((count) => spent(goal, count, delta, 'rdp') <= epsilon, 1);
  if (accountant === 'rdp' || quick === Number.MAX_SAFE_INTEGER) return quick;

  // Rényi accounting never spends less: its answer is within the budget. In terms of 1/count, ε falls.
  const countOf = (inverse: number) => Math.max(1, Math.floor(1 / inverse));
  const inverse = smallestWithin((x) => spent(goal, countOf(x), delta, accountant), epsilon, {
    start: 1 / Math.max(1, quick),
    firstStep: 0.04,
    lower: 1 / Number.MAX_SAFE_INTEGER,
    upper: 1,
    tolerance: Math.max(1e-9, 0.1 / Math.max(1, 2 * quick)),
  })!;
  return largestCount(fits, countOf(inverse));
}

function releasesNothing(event: PrivacyEvent): boolean {
  const tally = new MechanismTally();
  tally.add(event, 1);
  return tally.entries().length === 0;
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

/** The largest count that fits, looked for around a first guess; 0 if not even 1 fits. */
function largestCount(fits: (count: number) => boolean, guess: number): number {
  let low = guess - 1;
  let high = guess;
  if (fits(high)) {
    for (let step = 1; fits(high); step *= 2) {
      if (high === Number.MAX_SAFE_INTEGER) return high;
      low = high;
      high = Math.min(Number.MAX_SAFE_INTEGER, high + step);
    }
  } else {
    for (let step = 1; low > 0 && !fits(low); step *= 2) {
      high = low;
      low = Math.max(0, low - step);
    }
  }
  while (high - low > Math.max(1, low * 1e-9)) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
