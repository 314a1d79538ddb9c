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
  /** Classifier or other network whose loss is `loss`; changed in place. */
  readonly model: tfl.LayersModel;
  /** One, or one for each output of the model, in their order (`lossOf` of a task). */
  readonly loss: ModelLoss;
  /** The private examples. */
  readonly training: Dataset;
  /** Public examples for the metrics after each epoch; they are outside of the guarantee. */
  readonly validation?: Dataset | undefined;
  /**
   * What is measured on the validation examples, and what early stopping goes by; its loss is not
   * used, `loss` is. Default: `classification`, of class indices or one-hot targets.
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
     * Steps from one decision of the policy to the next, counted over the whole run. Default: those
     * of an epoch. Analyses stay at the beginnings of epochs; the next decision knows of them.
     */
    readonly interval?: number | undefined;
    /**
     * Speed-up of the multiply-accumulates of each format, by its name, as reckoned or as measured:
     * a format without one is refused. Policies get to know it. Default, under a budget that is a
     * speed-up: `defaultFormatSpeedups` of
     * @dpquant/scheduling; under others none is needed.
     */
    readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
    /**
     * How the policy gets to know what quantizing each layer costs; a policy with `usesLossImpacts`
     * needs it.
     */
    readonly analysis?: AnalysisOptions | undefined;
    /**
     * Fixes the draws of the policy, as `seed` does for the run: a whole number from 0 to 2⁵³ − 1.
     * Default: the run's `seed`.
     */
    readonly seed?: number | undefined;
  };
  /**
   * Exponential average of the weights, which the accuracy after each epoch is of. The caller keeps
   * it, restores it and puts it into the model in the end.
   */
  readonly weightAverage?: WeightAverage | undefined;
  /** Ends the run when what the task goes by no longer improves on the public examples. */
  readonly earlyStop?: PlateauStopOptions | undefined;
  /**
   * Fixes rounding and, unless `schedule.seed` does, the schedule; sampling and noise are the
   * plan's.
   */
  readonly seed: number;
  /**
   * Examples that are computed at a time; has no influence on the result but rounding. Default: 256
   * or fewer, see `defaultPhysicalBatchSize`.
   */
  readonly physicalBatchSize?: number | undefined;
  /**
   * Name of the clipping rule: one of `builtInClippingRules`, or of your own
   * (`registerClippingRule`). Default `flat`.
   */
  readonly clipping?: string | undefined;
  /**
   * Rows that each sampled privacy unit contributes, drawn at random from its own, each in a view
   * of its own (augmentation multiplicity): the mean of their gradients is what is clipped. Default
   * 1.
   */
  readonly rowsPerUnit?: number | undefined;
  /**
   * Who computes on the private rows. Default: this process, `localSource` of model, training and
   * loss. Another one answers for the same three, wherever it computes.
   */
  readonly source?: GradientSource | undefined;
  /** Every step is recorded here before it is computed. */
  readonly ledger: PrivacyLedger;
  /**
   * Makes the ledger durable; awaited after a step was recorded and before anything is computed
   * from its examples. Leave it out only where losing the ledger on a crash is acceptable.
   */
  readonly persistLedger?: ((ledger: PrivacyLedger) => Promise<void>) | undefined;
  readonly callbacks?: TrainingCallbacks | undefined;
}

/**
 * Called as training goes on; awaited. What they get is public or private already, but for
 * `unsafe`.
 */
export interface TrainingCallbacks {
  /** After sums were probed in some formats, before anything is charged in them. */
  onProbe?(probe: SumsProbed): void | Promise<void>;
  onAnalysis?(analysis: AnalysisEnd): void | Promise<void>;
  onDecision?(decision: ScheduleDecision): void | Promise<void>;
  onEpochBegin?(epoch: EpochBegin): void | Promise<void>;
  /** `unsafe` is un-noised: showing it to anyone is outside of the guarantee. */
  onStepEnd?(step: StepEnd, unsafe: UnsafeStepStatistics): void | Promise<void>;
  onEpochEnd?(epoch: EpochEnd): void | Promise<void>;
}

/** How the sums of a run come about, as far as that is known. */
export interface SumsProbed {
  /** Of the whole run, with what it has done before: `float` stays `float`. */
  readonly arithmetic: SumArithmetic;
  /** The same before this probe; null where nothing was known. */
  readonly before: SumArithmetic | null;
  /** What this probe has found; null of a source that does not say. */
  readonly found: FoundSums | null;
}

/** What the policy has decided, before the first step under it. */
export interface ScheduleDecision extends DecisionPlace {
  readonly assignment: LayerAssignment;
  /**
   * With which each layer was chosen for the low-precision format; null where the policy cannot
   * say.
   */
  readonly probabilities: ReadonlyMap<string, number> | null;
}

export interface EpochBegin {
  /** From 0. */
  readonly epoch: number;
  /** Of its first step; the only one unless `schedule.interval` says otherwise. */
  readonly assignment: LayerAssignment;
}

export interface StepEnd {
  /** Number of the step that was taken, from 0. */
  readonly step: number;
  readonly epoch: number;
  /** Mean gradient as released, with its noise, by weight name. */
  readonly mean: ReadonlyMap<string, Float32Array>;
}

export interface EpochEnd {
  readonly epoch: number;
  /** Steps taken so far. */
  readonly steps: number;
  /** On the public validation examples; null without them, and where the task has none. */
  readonly validationAccuracy: number | null;
  /** The metrics of the task on the public validation examples; null without them. */
  readonly validationMetrics: Metrics | null;
}

/** Where a run stands between two steps: with the weights, all that is needed to go on. */
export interface TrainingPosition {
  /** Steps that the weights have taken. */
  readonly step: number;
  /** Layers and formats of each decision so far, in order. */
  readonly assignments: readonly LayerAssignment[];
  /** Steps from one of them to the next; those of an epoch if left out. */
  readonly interval?: number | undefined;
  readonly optimizer: OptimizerState;
  /** What is known of the loss impacts; null before the first analysis and without any. */
  readonly impacts: KnownImpacts | null;
  readonly earlyStop: PlateauStopState | null;
  /** How its sums came about so far, the worst of them; null where nothing is known yet. */
  readonly arithmetic: SumArithmetic | null;
}

/** What the ledger showed, and where the plan stood, at a position. */
export interface SettledCharges {
  readonly plan: PlanState;
  readonly ledger: Pick<PrivacyLedger, 'entries'>;
}

/** How a run is asked to stop. */
export interface RunSignals {
  /** Ends it before the next physical batch; a step that is cut off stays charged. */
  readonly signal?: AbortSignal | undefined;
  /** Ends it before the next step or analysis: one that is charged is finished. */
  readonly stopBetweenSteps?: AbortSignal | undefined;
}

/** Why `run` returned. */
export type StopReason = 'finished' | 'interrupted' | 'privacy budget exhausted' | 'early stop';

export interface TrainingResult {
  readonly stopped: StopReason;
  readonly position: TrainingPosition;
  readonly layers: readonly ScheduledLayer[];
  /** Analyses of this call of `run`, and the time that they took. */
  readonly analyses: { readonly count: number; readonly seconds: number };
}
