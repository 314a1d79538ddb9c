import type { PrivacyLedger } from '@dpquant/accounting';
import type { PlanData } from '@dpquant/mechanisms';
import type { DPTrainerOptions } from '../trainerTypes.ts';
import type { Facts } from './checkpointFacts.ts';

/** What a durable run is made of: the same at its beginning and whenever it goes on. */
export interface DurableRunParts extends Omit<
  DPTrainerOptions,
  'plan' | 'ledger' | 'persistLedger' | 'callbacks'
> {
  /** What the run guarantees, fixed before it sees any data. */
  readonly plan: PlanData;
  /** δ of every ε that is recorded. */
  readonly delta: number;
  /** The ε that the noise was calibrated for, for the summary. */
  readonly epsilonTarget?: number | null;
  /** Makes sampling and noise reproducible: nothing is guaranteed then, and all records say so. */
  readonly insecureSeed?: number;
  /**
   * What the run must go on with besides its plan, by name; public. Default: seeds, δ, the name of
   * the data, `clipping`, `rowsPerUnit`, the names of optimizer and task, the formats, the
   * budget and the schedule's interval. A run that is asked to go on with others is refused.
   */
  readonly settings?: Facts;
  /** More of them, beside the default. */
  readonly moreSettings?: Facts;
  /** What a run keeps that begins, for whoever wants to go on with it; JSON, public. */
  readonly config?: unknown;
  /**
   * Of a run that begins with private weights: a new ledger that has imported theirs, and in which
   * the run then records. Its guarantee is `none` where the run's is.
   */
  readonly firstLedger?: PrivacyLedger;
  /** Notes to keep with the trained model. */
  readonly modelNotes?: (ledger: PrivacyLedger) => Readonly<Record<string, unknown>>;
  /** What computes, for the summary. Default: the name of TensorFlow.js's backend. */
  readonly backend?: string;
}
