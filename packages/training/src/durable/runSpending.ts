import {
  composed,
  createAccountant,
  requireDelta,
  type PrivacyEvent,
  type PrivacyLedger,
} from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import { importedEvent } from './plannedCharges.ts';

/** The ε that a run may spend and has spent, at one δ. */
export class RunSpending {
  readonly #ledger: PrivacyLedger;
  readonly #plan: TrainingPlan;
  readonly #delta: number;
  readonly #before: PrivacyEvent | null;

  /** @throws RangeError unless 0 < δ < 1 */
  constructor(ledger: PrivacyLedger, plan: TrainingPlan, { delta }: { readonly delta: number }) {
    requireDelta(delta);
    this.#ledger = ledger;
    this.#plan = plan;
    this.#delta = delta;
    this.#before = importedEvent(ledger);
  }

  /** ε of everything charged so far. */
  get spent(): number {
    const { accountant } = this.#plan;
    return this.#ledger.epsilon(this.#delta, { accountant });
  }

  /** ε of the imported events; null if there are none. */
  get imported(): number | null {
    return this.#before && this.#epsilonOf(composed([]));
  }

  /** ε of the whole plan, or of the ledger if that should show more. */
  get guaranteed(): number {
    return Math.max(this.#epsilonOf(this.#plan.totalEvent), this.spent);
  }

  /** ε of the plan's steps, without its analyses. */
  get ofSteps(): number {
    return this.#epsilonOf(this.#plan.eventOf({ steps: this.#plan.steps, analyses: 0 }));
  }

  /** ε of an event together with the imported events. */
  #epsilonOf(event: PrivacyEvent): number {
    const all = this.#before ? composed([this.#before, event]) : event;
    return createAccountant(this.#plan.accountant).compose(all).epsilon(this.#delta);
  }
}
