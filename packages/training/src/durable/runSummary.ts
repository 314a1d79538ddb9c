import type { LedgerGuarantee } from '@dpquant/accounting';
import type { PolicyError } from '../policyError.ts';
import type { SumArithmetic } from '../source/gradientSource.ts';
import type { ClassFigures, ClassReport, TaskScore } from '../tasks/task.ts';
import type { StopReason, TrainingPosition } from '../trainerTypes.ts';

/** Why a durable run ended. After a policy error it can be resumed, as after an interruption. */
export type DurableStopReason = StopReason | 'policy error';

/** Summary of a run that has ended; all values are public or private (noised). */
export interface RunSummary {
  /** Name of the store, such as its path. */
  readonly run: string;
  readonly backend: string;
  readonly guarantee: LedgerGuarantee;
  /**
   * Whether the probed sums of clipped gradients were exact (`exact`), or the guarantee holds up to
   * float rounding (`float`); the worst of all parts of the run. `float` without clipping.
   */
  readonly arithmetic: SumArithmetic;
  /**
   * The ε that the run guarantees: of the whole plan and of what was imported with the initial
   * weights; null without a bound.
   */
  readonly epsilon: number | null;
  /**
   * ε′: how close the noise of the whole plan is to Gaussian noise; it takes 2ε′ of ε. Null if no
   * bound is known.
   */
  readonly noiseCloseness: number | null;
  /**
   * ε of what was charged. Less than `epsilon` after an early stop or skipped analyses; not a
   * guarantee.
   */
  readonly epsilonSpent: number | null;
  /** ε of what was imported with the initial weights, alone; 0 without any. */
  readonly epsilonImported: number | null;
  readonly delta: number;
  /** The ε that the noise was calibrated for; null if the noise was given. */
  readonly epsilonTarget: number | null;
  /** On the public validation part; null without one, or if the task has no accuracy. */
  readonly accuracy: number | null;
  /** The metric by which runs are compared; missing without a public part. */
  readonly score?: TaskScore;
  /**
   * The task's metrics on the public validation part; null for a metric that is not defined there.
   */
  readonly metrics: Readonly<Record<string, number | null>>;
  /** Figures of each class or label, on the public validation part. */
  readonly classes?: readonly ClassFigures[];
  /** Number of public examples by true class (row) and predicted class (column). */
  readonly confusionMatrix?: readonly (readonly number[])[];
  /** For several tasks: `classes` and `confusionMatrix` by the name of the output. */
  readonly classReports?: Readonly<Record<string, ClassReport>>;
  readonly quantizedFraction: number;
  /** Null where the speed-up of a format is not known, as of one of a user's own. */
  readonly theoreticalSpeedup: number | null;
  readonly seconds: number;
  /** From the expected batch size; realized ones are private. */
  readonly examplesPerSecond: number;
  /** Number of steps that have updated the weights. */
  readonly steps: number;
  /** In the first step. */
  readonly noiseMultiplier: number;
  /**
   * Analyses of loss impacts: how many were charged, the ε that the planned ones add, and their
   * time.
   */
  readonly analyses: {
    readonly count: number;
    readonly epsilon: number | null;
    readonly seconds: number;
  };
  readonly stopped: DurableStopReason;
}

/** Result of a durable run. */
export interface DurableOutcome {
  readonly stopped: DurableStopReason;
  readonly position: TrainingPosition;
  /** Null if the run was interrupted. Also in the store, unless the run can be resumed. */
  readonly summary: RunSummary | null;
  /** Number of steps that were charged but lost. */
  readonly lostSteps: number;
  /** The policy's error, after a policy error. */
  readonly problem?: PolicyError;
}
