import type { LedgerGuarantee } from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import type { LayerAssignment, ScheduledLayer } from '@dpquant/scheduling';
import type { AnalysisEnd } from '../impactAnalyses.ts';
import type { EpochBegin, EpochEnd, ScheduleDecision, SumsProbed } from '../trainerTypes.ts';

/** A run that is about to train; all checks have passed. */
export interface RunBegin {
  readonly resumed: boolean;
  /** Number of steps that have already updated the weights. */
  readonly firstStep: number;
  /** Steps that were charged but lost in a crash or an interruption. */
  readonly lostSteps: number;
  readonly plan: TrainingPlan;
  readonly guarantee: LedgerGuarantee;
  /** Layers that the schedule chooses from. */
  readonly layers: readonly ScheduledLayer[];
  /** The latest decision; null at the start. */
  readonly assignment: LayerAssignment | null;
  /** ε spent on the initial weights; null if nothing was. */
  readonly epsilonImported: number | null;
  /** ε of everything charged at the time of the call; takes tens of milliseconds. */
  readonly epsilonSpent: () => number;
}

/** Speed of a run. */
export interface RunSpeed {
  /** Wall-clock seconds since this part of the run was started. */
  readonly seconds: number;
  /** Expected examples per second in that time; realized batch sizes are private. */
  readonly examplesPerSecond: number;
}

export interface StepReport extends RunSpeed {
  /** Steps taken so far. */
  readonly steps: number;
  /** From 0. */
  readonly epoch: number;
}

export interface EpochReport extends EpochEnd, RunSpeed {
  /** ε of everything charged. */
  readonly epsilon: number;
}

/**
 * Receives the progress of a run as it happens; each call is awaited. All values are public or
 * private (noised).
 */
export interface RunReporter {
  onBegin?(begin: RunBegin): void | Promise<void>;
  /** Whether sums are exact in the next formats; called after the result is stored. */
  onProbe?(probe: SumsProbed): void | Promise<void>;
  onAnalysis?(analysis: AnalysisEnd): void | Promise<void>;
  onDecision?(decision: ScheduleDecision): void | Promise<void>;
  onEpochBegin?(epoch: EpochBegin): void | Promise<void>;
  onStepEnd?(step: StepReport): void | Promise<void>;
  /** Called after the record of the epoch is stored. */
  onEpochEnd?(epoch: EpochReport): void | Promise<void>;
}
