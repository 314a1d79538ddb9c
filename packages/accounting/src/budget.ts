import { requireDelta } from './accountant.ts';
import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import type { PrivacyEvent } from './events.ts';

/** What may be spent, and how spending is counted. */
export interface PrivacyBudget {
  /** Largest ε allowed, > 0. */
  readonly epsilon: number;
  /** δ at which ε is meant, strictly between 0 and 1. */
  readonly delta: number;
  /** `pld` unless given. */
  readonly accountant?: AccountantName;
}

/** The budget itself, if it is one. */
export function requireBudget(budget: PrivacyBudget): PrivacyBudget {
  if (!(budget.epsilon > 0 && Number.isFinite(budget.epsilon))) {
    throw new RangeError(
      `epsilon: expected a finite goal above 0 (only a release of nothing spends 0), got ${budget.epsilon}`,
    );
  }
  requireDelta(budget.delta);
  return budget;
}

/** ε of an event, `count` times over, by an accountant of its own. */
export function epsilonOf(
  event: PrivacyEvent,
  count: number,
  delta: number,
  accountant: AccountantName | undefined,
): number {
  return createAccountant(accountant).compose(event, count).epsilon(delta);
}
