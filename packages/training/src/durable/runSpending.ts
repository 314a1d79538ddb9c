import {
  composed,
  createAccountant,
  requireDelta,
  type PrivacyEvent,
  type PrivacyLedger,
} from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import { importedEvent } from './plannedCharges.ts';

/** What a run may spend and has spent, as ε at one δ. */
export class RunSpending {
  readonly #ledger: PrivacyLedger;
  readonly #plan: TrainingPlan;
  readonly #delta: number;
  readonly #before: PrivacyEvent | null;

  /** @throws RangeError for a δ that is not strictly between 0 and 1 */
  constructor(ledger: PrivacyLedger, plan: TrainingPlan, { delta }: { readonly delta: number }) {
    requireDelta(delta);
    this.#ledger = ledger;
    this.#plan = plan;
    this.#delta = delta;
    this.#before = importedEvent(ledger);
  }

  /** ε of all that is charged by now. */
  get spent(): number {
    const { accountant } = this.#plan;
    return this.#ledger.epsilon(this.#delta, { accountant });
  }

  /** ε of what was imported; null where nothing was. */
  get imported(): number | null {
    return this.#before && this.#epsilonOf(composed([]));
  }

  /** ε of the whole plan. What was charged is within it; if it were not, the ledger is right. */
  get guaranteed(): number {
    return Math.max(this.#epsilonOf(this.#plan.totalEvent), this.spent);
  }

  /** ε of the whole plan, had it no analyses. */
  get ofSteps(): number {
    return this.#epsilonOf(this.#plan.eventOf({ steps: this.#plan.steps, analyses: 0 }));
  }

  /** ε of an event together with what was imported. */
  #epsilonOf(event: PrivacyEvent): number {
    const all = this.#before ? composed([this.#before, event]) : event;
    return createAccountant(this.#plan.accountant).compose(all).epsilon(this.#delta);
  }
}
