import type { AccountantName, PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import type { QuantileClippingOptions, StepSchedule } from '@dpquant/mechanisms';
import type { ComputeBudget, SchedulePolicy } from '@dpquant/scheduling';
import type { LossImpactEstimator } from '@dpquant/sensitivity';
import type { RunReporter } from '../durable/runReporter.ts';
import type { RunStore } from '../durable/runStore.ts';
import type { LearningRateSchedule } from '../optimizers/learningRateSchedules.ts';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { PlateauStopOptions } from '../plateauStop.ts';
import type { PlannedAnalysisOptions } from '../planning/plannedRun.ts';
import type { ModelTask } from '../tasks/task.ts';
import type { RunSignals } from '../trainerTypes.ts';
import type { WeightAverage } from '../weightAverage.ts';
import type { ExampleArrays } from './exampleData.ts';

/**
 * Options of a private training. All of them are public: do not choose any by looking at private
 * examples.
 */
export interface PrivateTrainingOptions extends RunSignals {
  /** The ε that the whole run guarantees; the noise is the least that achieves it. */
  readonly epsilon?: number | undefined;
  /** Instead: standard deviation of the noise divided by the clip norm; ε follows from it. */
  readonly noiseMultiplier?: number | undefined;
  /** Instead: `none` trains without clipping and noise, as a baseline. */
  readonly guarantee?: 'none' | undefined;
  /** δ of the guarantee; must be less than 1 / (number of private examples). */
  readonly delta: number;
  /** Accountant that computes ε. Default `pld`. */
  readonly accountant?: AccountantName | undefined;

  /** Expected number of passes over the private examples. */
  readonly epochs?: number | undefined;
  /** Instead: the number of steps. */
  readonly steps?: number | undefined;
  /** Expected number of privacy units in a step. Default 256. */
  readonly batchSize?: number | undefined;

  /**
   * What the model learns: `classification`, `binary`, `multilabel`, `regression`, or a task of
   * your own; for several outputs `severalTasks`. Default: the task implied by shapes and types, if
   * there is only one.
   */
  readonly task?: string | ModelTask | undefined;
  /**
   * Share of the privacy units that is **public**: split off by a hash of their ids, outside the
   * guarantee, used for the metrics. Default 0.2; 0 for none. Not allowed for data with a split of
   * their own (`Dataset.givenSplit`).
   */
  readonly validationFraction?: number | undefined;
  /** Instead: public examples of your own; then all of the data are private. */
  readonly validation?: Dataset | ExampleArrays | undefined;

  /** Greatest L2 norm of a unit's contribution. Default 1. */
  readonly clipNorm?: number | StepSchedule | undefined;
  /** Name of the clipping rule. Default `flat`. */
  readonly clipping?: string | undefined;
  /** Adapts the clip norm to a quantile of the gradient norms, starting from `clipNorm`. */
  readonly quantileClipping?: QuantileClippingOptions | undefined;
  /** Noise multiplier of the last steps divided by that of the first. Default 1. */
  readonly noiseRatio?: number | undefined;
  /** Rows that each sampled privacy unit contributes; see `DPTrainerOptions`. Default 1. */
  readonly rowsPerUnit?: number | undefined;

  /** Chooses the layers in low precision: a policy of your own, or a name. Default `loss-aware`. */
  readonly policy?: string | SchedulePolicy | undefined;
  /** Name of the low-precision format. Default `luq-fp4`. */
  readonly format?: string | undefined;
  /** Format of the other layers. Default `float32`. */
  readonly otherFormat?: string | undefined;
  /** How much of the network runs in the format. Default: three quarters of the layers. */
  readonly budget?: ComputeBudget | undefined;
  /** Steps from one decision of the policy to the next. Default: one epoch. */
  readonly scheduleInterval?: number | undefined;
  /** Speed-up of each format; see `DPTrainerOptions`. */
  readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
  /**
   * How loss impacts are measured, for policies that use them. The measurements query private data
   * and are part of the privacy budget.
   */
  readonly analysis?: AnalysisChoice | undefined;

  /** A name, or an optimizer of your own, new for each run. Default `sgd`. */
  readonly optimizer?: string | Optimizer | undefined;
  /** For an optimizer given by name. Default: a linear decay from 3 (sgd) or 0.01 (others) to 0. */
  readonly learningRate?: number | LearningRateSchedule | undefined;
  /** Exponential moving average of the weights, new for each run; the model gets it at the end. */
  readonly weightAverage?: WeightAverage | undefined;
  /** Ends the run when the score on the public examples no longer improves. */
  readonly earlyStop?: PlateauStopOptions | undefined;

  /** Where the run is kept, charge by charge; a run found there is resumed. Default: nowhere. */
  readonly store?: RunStore | undefined;
  /**
   * For a model that was already trained on data of the same people: a ledger that has imported the
   * ledger of that training.
   */
  readonly firstLedger?: PrivacyLedger | undefined;
  /** Receives the progress of the run; public and private (noised) values only. */
  readonly callbacks?: RunReporter | undefined;
  /** Seed of split, schedule and rounding. Default: random, or that of the run in the store. */
  readonly seed?: number | undefined;
  /** Seed that also fixes sampling and noise, for tests: there is then no guarantee. */
  readonly insecureSeed?: number | undefined;
  /** Examples computed at a time; affects time and memory only. */
  readonly physicalBatchSize?: number | undefined;
}

/** How loss impacts are measured. */
export interface AnalysisChoice extends Omit<PlannedAnalysisOptions, 'estimator'> {
  /** A name, or an estimator of your own. Default `per-example`. */
  readonly estimator?: string | LossImpactEstimator | undefined;
  /**
   * Whether planned analyses are skipped while the order of the layers does not change. Default
   * true.
   */
  readonly adaptive?: boolean | undefined;
  /** Weight of the latest impacts in the exponential smoothing, in (0, 1]. Default 0.8. */
  readonly smoothing?: number | undefined;
}
