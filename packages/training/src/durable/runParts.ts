import type { AccountantName, PrivacyLedger } from '@dpquant/accounting';
import type { TrainingPlanOptions } from '@dpquant/mechanisms';
import type { DPTrainerOptions } from '../trainingRun.ts';
import type { Facts } from './checkpointFacts.ts';

/** The plan of a run, without what its ledger and its checkpoint say of where it stands. */
export type DurablePlan = Omit<
  TrainingPlanOptions,
  'chargedSteps' | 'chargedAnalyses' | 'state' | 'insecureSeed'
>;

/** What a durable run is made of: the same at its beginning and whenever it goes on. */
export interface DurableRunParts extends Omit<
  DPTrainerOptions,
  'plan' | 'ledger' | 'persistLedger' | 'callbacks'
> {
  /** What the run guarantees, fixed before it sees any data. */
  readonly plan: DurablePlan;
  /** δ of every ε that is recorded. */
  readonly delta: number;
  /** Default `pld`. */
  readonly accountant?: AccountantName;
  /** The ε that the noise was calibrated for, for the summary. */
  readonly epsilonTarget?: number | null;
  /** Makes sampling and noise reproducible: nothing is guaranteed then, and all records say so. */
  readonly insecureSeed?: number;
  /**
   * What the run must go on with, by name; public. Default: the plan and the seed. A run that is
   * asked to go on with others is refused.
   */
  readonly settings?: Facts;
  /** What a run keeps that begins, for whoever wants to go on with it; JSON, public. */
  readonly config?: unknown;
  /** What a run begins with that starts from private weights: the ledger of these. */
  readonly firstLedger?: PrivacyLedger;
  /** Notes to keep with the trained model. */
  readonly modelNotes?: (ledger: PrivacyLedger) => Readonly<Record<string, unknown>>;
  /** What computes, for the summary. Default: the name of TensorFlow.js's backend. */
  readonly backend?: string;
}
