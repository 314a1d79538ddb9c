import type { LedgerGuarantee } from '@dpquant/accounting';
import type { PolicyError } from '../policyError.ts';
import type { SumArithmetic } from '../source/gradientSource.ts';
import type { ClassFigures, ClassReport, TaskScore } from '../tasks/task.ts';
import type { StopReason, TrainingPosition } from '../trainerTypes.ts';

/** Why a durable run ended. After an error of its policy it goes on as after an interruption. */
export type DurableStopReason = StopReason | 'policy error';

/** What is to be known of a run that has ended; all of it public or private. */
export interface RunSummary {
  /** Name of the store: a path. */
  readonly run: string;
  readonly backend: string;
  readonly guarantee: LedgerGuarantee;
  /**
   * Whether the sums of the clipped gradients were exact, as probed, or the guarantee is to float
   * rounding; the worst of all parts of the run. `float` without clipping.
   */
  readonly arithmetic: SumArithmetic;
  /**
   * ε of the whole plan and of what was imported with the initial weights, which is what the run
   * guarantees; null where there is no bound.
   */
  readonly epsilon: number | null;
  /**
   * ε′: that close the noise of the whole plan is to Gaussians, which takes 2ε′ of ε; null where no
   * bound is known.
   */
  readonly noiseCloseness: number | null;
  /** ε of what was charged: less after an early stop or analyses left out, and no guarantee. */
  readonly epsilonSpent: number | null;
  /** ε of what was imported with the initial weights, by itself; 0 without. */
  readonly epsilonImported: number | null;
  readonly delta: number;
  /** The ε that the noise was calibrated for; null where the noise was given. */
  readonly epsilonTarget: number | null;
  /** On the public validation part; null without one, and where the task has none. */
  readonly accuracy: number | null;
  /** Which of the metrics says which run is better; missing without a public part. */
  readonly score?: TaskScore;
  /** The task's metrics on the public validation part; null for one that is not defined there. */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Classes or labels one by one, on the public validation part. */
  readonly classes?: readonly ClassFigures[];
  /** Public examples by their class (row) and by what the model took them for (column). */
  readonly confusionMatrix?: readonly (readonly number[])[];
  /** Of several tasks: `classes` and `confusionMatrix` by the name of the output. */
  readonly classReports?: Readonly<Record<string, ClassReport>>;
  readonly quantizedFraction: number;
  /** Null where the speed-up of a format is not known, as of one of a user's own. */
  readonly theoreticalSpeedup: number | null;
  readonly seconds: number;
  /** Of the expected batch size: realized ones are private. */
  readonly examplesPerSecond: number;
  /** Steps that the weights have taken. */
  readonly steps: number;
  /** Of the first step. */
  readonly noiseMultiplier: number;
  /**
   * Analyses of loss impacts: how many were charged, what those planned add to ε, and their time.
   */
  readonly analyses: {
    readonly count: number;
    readonly epsilon: number | null;
    readonly seconds: number;
  };
  readonly stopped: DurableStopReason;
}

/** Why and with what a durable run ended. */
export interface DurableOutcome {
  readonly stopped: DurableStopReason;
  readonly position: TrainingPosition;
  /** Null if the run was interrupted. It is in the store too, unless the run can go on. */
  readonly summary: RunSummary | null;
  /** Steps that were charged and are in no weights. */
  readonly lostSteps: number;
  /** What the policy did, after a policy error. */
  readonly problem?: PolicyError;
}
