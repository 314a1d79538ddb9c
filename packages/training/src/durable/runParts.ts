import type { PrivacyLedger } from '@dpquant/accounting';
import type { PlanData } from '@dpquant/mechanisms';
import type { DPTrainerOptions } from '../trainerTypes.ts';
import type { Facts } from './checkpointFacts.ts';

/** The parts of a durable run: the same when it starts and whenever it is resumed. */
export interface DurableRunParts extends Omit<
  DPTrainerOptions,
  'plan' | 'ledger' | 'persistLedger' | 'callbacks'
> {
  /** The plan, fixed before the run sees any data. */
  readonly plan: PlanData;
  /** The δ at which every ε is recorded. */
  readonly delta: number;
  /** The ε that the noise was calibrated for; shown in the summary. */
  readonly epsilonTarget?: number | null;
  /** Makes sampling and noise reproducible. There is then no guarantee, and all records say so. */
  readonly insecureSeed?: number;
  /**
   * Public settings, by name, that must be the same when the run is resumed; the plan always must.
   * Default: seeds, δ, the name of the data, `clipping`, `rowsPerUnit`, the names of optimizer and
   * task, the formats, the budget and the schedule's interval.
   */
  readonly settings?: Facts;
  /** Further settings, added to the default ones. */
  readonly moreSettings?: Facts;
  /** Stored when the run starts, for the program that resumes it; JSON, public. */
  readonly config?: unknown;
  /**
   * For a run that starts from privately trained weights: a new ledger that has imported the ledger
   * of those weights. The run records in it. Its guarantee must be `none` if the run's is.
   */
  readonly firstLedger?: PrivacyLedger;
  /** Notes to keep with the trained model. */
  readonly modelNotes?: (ledger: PrivacyLedger) => Readonly<Record<string, unknown>>;
  /** Name of the backend, for the summary. Default: the name of TensorFlow.js's backend. */
  readonly backend?: string;
}
