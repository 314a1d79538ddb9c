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
 * What a private training is asked for. All of it is public: choose nothing by looking at private
 * examples.
 */
export interface PrivateTrainingOptions extends RunSignals {
  /** The ε that the whole run is to guarantee: the noise is the least that it takes. */
  readonly epsilon?: number | undefined;
  /** Instead: the noise over the clip norm, at whatever ε. */
  readonly noiseMultiplier?: number | undefined;
  /** Instead: `none` trains without clipping and noise, as a baseline. */
  readonly guarantee?: 'none' | undefined;
  /** δ of the guarantee: below one over the number of private examples. */
  readonly delta: number;
  /** By which accountant ε is told. Default `pld`. */
  readonly accountant?: AccountantName | undefined;

  /** Passes over the private examples, in expectation. */
  readonly epochs?: number | undefined;
  /** Instead: the number of steps. */
  readonly steps?: number | undefined;
  /** Expected number of privacy units in a step. Default 256. */
  readonly batchSize?: number | undefined;

  /**
   * What the model is to learn: `classification`, `binary`, `multilabel`, `regression`, or a task
   * of your own; for several outputs `severalTasks`. Default: what shapes and types say, where they
   * allow one only.
   */
  readonly task?: string | ModelTask | undefined;
  /**
   * Share of the privacy units that is **public**: split off by a hash of their ids, outside of the
   * guarantee, for the metrics. Default 0.2; 0 for none. Not for data that say themselves which of
   * them are public (`Dataset.givenSplit`).
   */
  readonly validationFraction?: number | undefined;
  /** Instead: public examples of your own; all of the data are private then. */
  readonly validation?: Dataset | ExampleArrays | undefined;

  /** Greatest norm of what a unit contributes. Default 1. */
  readonly clipNorm?: number | StepSchedule | undefined;
  /** Name of the clipping rule. Default `flat`. */
  readonly clipping?: string | undefined;
  /** Lets the clip norm follow a quantile of the gradient norms, from `clipNorm` on. */
  readonly quantileClipping?: QuantileClippingOptions | undefined;
  /** Noise multiplier of the last steps over that of the first. Default 1. */
  readonly noiseRatio?: number | undefined;
  /** Rows that each sampled privacy unit contributes; see `DPTrainerOptions`. Default 1. */
  readonly rowsPerUnit?: number | undefined;

  /** Which layers run in low precision: a policy of your own or a name. Default `loss-aware`. */
  readonly policy?: string | SchedulePolicy | undefined;
  /** Name of the low-precision format. Default `luq-fp4`. */
  readonly format?: string | undefined;
  /** Format of the other layers. Default `float32`. */
  readonly otherFormat?: string | undefined;
  /** How much of the network runs in the format. Default three quarters of the layers. */
  readonly budget?: ComputeBudget | undefined;
  /** Steps from one decision of the policy to the next. Default: those of an epoch. */
  readonly scheduleInterval?: number | undefined;
  /** Speed-up of each format; see `DPTrainerOptions`. */
  readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
  /**
   * How loss impacts are measured, for policies that want them. They are private looks at the data,
   * and part of the budget.
   */
  readonly analysis?: AnalysisChoice | undefined;

  /** An optimizer, new for each run, or a name. Default `sgd`. */
  readonly optimizer?: string | Optimizer | undefined;
  /** Of an optimizer by name. Default: falls in a straight line from 3 (sgd), 0.01 (others). */
  readonly learningRate?: number | LearningRateSchedule | undefined;
  /** Exponential average of the weights, new for each run; the model has it in the end. */
  readonly weightAverage?: WeightAverage | undefined;
  /** Ends the run when the public examples say that it no longer improves. */
  readonly earlyStop?: PlateauStopOptions | undefined;

  /** Where the run is kept, charge by charge; a run that is there goes on. Default: nowhere. */
  readonly store?: RunStore | undefined;
  /**
   * Of a model that was trained on the same people's data before: a ledger that imported theirs.
   */
  readonly firstLedger?: PrivacyLedger | undefined;
  /** Told how the run goes; public and private values only. */
  readonly callbacks?: RunReporter | undefined;
  /** Fixes split, schedule and rounding. Default: drawn, or that of the run in the store. */
  readonly seed?: number | undefined;
  /** Also fixes sampling and noise, for tests: guarantees nothing. */
  readonly insecureSeed?: number | undefined;
  /** Examples that are computed at a time; changes time and memory only. */
  readonly physicalBatchSize?: number | undefined;
}

/** How loss impacts are measured. */
export interface AnalysisChoice extends Omit<PlannedAnalysisOptions, 'estimator'> {
  /** An estimator of your own or a name. Default `per-example`. */
  readonly estimator?: string | LossImpactEstimator | undefined;
  /** Whether planned analyses are left out while the order of the layers stays. Default true. */
  readonly adaptive?: boolean | undefined;
  /** Weight of the latest impacts, in (0, 1]. Default 0.8. */
  readonly smoothing?: number | undefined;
}
