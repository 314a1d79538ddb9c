import { requireDelta } from './accountant.ts';
import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import type { PrivacyEvent } from './events.ts';

/** A privacy budget, and the accountant that measures what is spent. */
export interface PrivacyBudget {
  /** Largest ε allowed, > 0. */
  readonly epsilon: number;
  /** δ at which ε is meant, strictly between 0 and 1. */
  readonly delta: number;
  /** Name of the accountant. Default `pld`. */
  readonly accountant?: AccountantName;
}

/** Checks a budget and returns it. */
export function requireBudget(budget: PrivacyBudget): PrivacyBudget {
  if (!(budget.epsilon > 0 && Number.isFinite(budget.epsilon))) {
    throw new RangeError(
      `epsilon: expected a finite goal above 0 (only a release of nothing spends 0), got ${budget.epsilon}`,
    );
  }
  requireDelta(budget.delta);
  return budget;
}

/** ε of an event that happens `count` times, by a new accountant. */
export function epsilonOf(
  event: PrivacyEvent,
  count: number,
  delta: number,
  accountant: AccountantName | undefined,
): number {
  return createAccountant(accountant).compose(event, count).epsilon(delta);
}
