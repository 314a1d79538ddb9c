import type * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import type { ModelLoss } from '@dpquant/gradients';
import type { PlanState, TrainingPlan } from '@dpquant/mechanisms';
import type {
  ComputeBudget,
  DecisionPlace,
  LayerAssignment,
  ScheduledLayer,
  SchedulePolicy,
} from '@dpquant/scheduling';
import type { AnalysisEnd, AnalysisOptions, KnownImpacts } from './impactAnalyses.ts';
import type { Optimizer, OptimizerState } from './optimizers/optimizer.ts';
import type { PlateauStopOptions, PlateauStopState } from './plateauStop.ts';
import type { FoundSums, GradientSource, SumArithmetic } from './source/gradientSource.ts';
import type { UnsafeStepStatistics } from './source/readAnswer.ts';
import type { Metrics, ModelTask } from './tasks/task.ts';
import type { WeightAverage } from './weightAverage.ts';

/** What a run is made of. */
export interface DPTrainerOptions {
  /** A classifier or another network; trained in place. */
  readonly model: tfl.LayersModel;
  /** One loss, or one for each output of the model in order (`lossOf` of a task). */
  readonly loss: ModelLoss;
  /** The private examples. */
  readonly training: Dataset;
  /** Public examples for the metrics after each epoch; outside the guarantee. */
  readonly validation?: Dataset | undefined;
  /**
   * Defines the metrics on the validation examples and the score for early stopping. Its loss is
   * not used; `loss` is. Default: `classification`, with class indices or one-hot targets.
   */
  readonly task?: ModelTask | undefined;
  /** Sampling, clipping, noise and their accounting; steps, epochs and analyses. */
  readonly plan: TrainingPlan;
  readonly optimizer: Optimizer;
  readonly schedule: {
    readonly policy: SchedulePolicy;
    /** Name of the low-precision arithmetic. */
    readonly format: string;
    /** How much of the network runs in it. */
    readonly budget: ComputeBudget;
    /** Name of the arithmetic of the other layers. Default float32. */
    readonly otherFormat?: string | undefined;
    /**
     * Steps from one decision of the policy to the next, counted over the whole run. Default: one
     * epoch. Analyses still take place before epochs; the next decision uses them.
     */
    readonly interval?: number | undefined;
    /**
     * Speed-up of the multiply-accumulates in each format, by its name, estimated or measured; a
     * format without one is refused. Policies get it too. Default under a speed-up budget:
     * `defaultFormatSpeedups` of @dpquant/scheduling. Other budgets need none.
     */
    readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
    /**
     * How the cost of quantizing each layer is measured; needed by a policy with `usesLossImpacts`.
     */
    readonly analysis?: AnalysisOptions | undefined;
    /** Seed of the policy's random draws, from 0 to 2⁵³ − 1. Default: the run's `seed`. */
    readonly seed?: number | undefined;
  };
  /**
   * Exponential moving average of the weights; the metrics after each epoch are computed with it.
   * The caller owns it, restores it, and puts it into the model at the end.
   */
  readonly weightAverage?: WeightAverage | undefined;
  /** Ends the run when the task's score no longer improves on the public examples. */
  readonly earlyStop?: PlateauStopOptions | undefined;
  /**
   * Seed of the rounding and, without `schedule.seed`, of the schedule. Sampling and noise are the
   * plan's.
   */
  readonly seed: number;
  /**
   * Examples computed at a time; affects the result by rounding only. Default: at most 256, see
   * `defaultPhysicalBatchSize`.
   */
  readonly physicalBatchSize?: number | undefined;
  /**
   * Name of the clipping rule: one of `builtInClippingRules`, or of your own
   * (`registerClippingRule`). Default `flat`.
   */
  readonly clipping?: string | undefined;
  /**
   * Rows that each sampled privacy unit contributes, drawn at random from its rows, each in a view
   * of its own (augmentation multiplicity). The mean of their gradients is clipped. Default 1.
   */
  readonly rowsPerUnit?: number | undefined;
  /**
   * Computes on the private rows. Default: this process, `localSource` of model, training and loss.
   * Another source must use the same three.
   */
  readonly source?: GradientSource | undefined;
  /** Every step is recorded here before it is computed. */
  readonly ledger: PrivacyLedger;
  /**
   * Makes the ledger durable; awaited after a step is recorded and before anything is computed from
   * its examples. Leave it out only where losing the ledger in a crash is acceptable.
   */
  readonly persistLedger?: ((ledger: PrivacyLedger) => Promise<void>) | undefined;
  readonly callbacks?: TrainingCallbacks | undefined;
}

/** Called during training; awaited. All values are public or private (noised), except `unsafe`. */
export interface TrainingCallbacks {
  /** After the sums were probed in some formats, before anything is charged in them. */
  onProbe?(probe: SumsProbed): void | Promise<void>;
  onAnalysis?(analysis: AnalysisEnd): void | Promise<void>;
  onDecision?(decision: ScheduleDecision): void | Promise<void>;
  onEpochBegin?(epoch: EpochBegin): void | Promise<void>;
  /** `unsafe` has no noise: showing it to anyone is outside the guarantee. */
  onStepEnd?(step: StepEnd, unsafe: UnsafeStepStatistics): void | Promise<void>;
  onEpochEnd?(epoch: EpochEnd): void | Promise<void>;
}

/** Whether the sums of a run are exact, as far as it is known. */
export interface SumsProbed {
  /** For the whole run, earlier parts included: `float` stays `float`. */
  readonly arithmetic: SumArithmetic;
  /** The same before this probe; null where nothing was known. */
  readonly before: SumArithmetic | null;
  /** Result of this probe; null if the source does not answer. */
  readonly found: FoundSums | null;
}

/** A decision of the policy, before its first step. */
export interface ScheduleDecision extends DecisionPlace {
  readonly assignment: LayerAssignment;
  /**
   * Probability that each layer had of being chosen for the low-precision format; null if the
   * policy cannot give it.
   */
  readonly probabilities: ReadonlyMap<string, number> | null;
}

export interface EpochBegin {
  /** From 0. */
  readonly epoch: number;
  /** Of the epoch's first step; of all its steps unless `schedule.interval` is set. */
  readonly assignment: LayerAssignment;
}

export interface StepEnd {
  /** Number of the finished step, from 0. */
  readonly step: number;
  readonly epoch: number;
  /** Released mean gradient, with noise, by weight name. */
  readonly mean: ReadonlyMap<string, Float32Array>;
}

export interface EpochEnd {
  readonly epoch: number;
  /** Steps taken so far. */
  readonly steps: number;
  /** On the public validation examples; null without them, or if the task has no accuracy. */
  readonly validationAccuracy: number | null;
  /** The task's metrics on the public validation examples; null without them. */
  readonly validationMetrics: Metrics | null;
}

/** Where a run stands between two steps: with the weights, all that is needed to continue. */
export interface TrainingPosition {
  /** Number of steps that have updated the weights. */
  readonly step: number;
  /** Layers and formats of each decision so far, in order. */
  readonly assignments: readonly LayerAssignment[];
  /** Steps from one decision to the next. Default: one epoch. */
  readonly interval?: number | undefined;
  readonly optimizer: OptimizerState;
  /** The loss impacts measured so far; null before the first analysis and without any. */
  readonly impacts: KnownImpacts | null;
  readonly earlyStop: PlateauStopState | null;
  /** Whether its sums were exact so far, the worst answer; null before the first probe. */
  readonly arithmetic: SumArithmetic | null;
}

/** The ledger and the state of the plan at a position. */
export interface SettledCharges {
  readonly plan: PlanState;
  readonly ledger: Pick<PrivacyLedger, 'entries'>;
}

/** How a run is asked to stop. */
export interface RunSignals {
  /** Ends it before the next physical batch; an unfinished step stays charged. */
  readonly signal?: AbortSignal | undefined;
  /** Ends it before the next step or analysis; a charged one is finished first. */
  readonly stopBetweenSteps?: AbortSignal | undefined;
}

/** Why `run` returned. */
export type StopReason = 'finished' | 'interrupted' | 'privacy budget exhausted' | 'early stop';

export interface TrainingResult {
  readonly stopped: StopReason;
  readonly position: TrainingPosition;
  readonly layers: readonly ScheduledLayer[];
  /** Number and time of the analyses made in this call of `run`. */
  readonly analyses: { readonly count: number; readonly seconds: number };
}
