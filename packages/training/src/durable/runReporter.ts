import type { LedgerGuarantee } from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import type { LayerAssignment, ScheduledLayer } from '@dpquant/scheduling';
import type { AnalysisEnd } from '../impactAnalyses.ts';
import type { EpochBegin, EpochEnd, ScheduleDecision, SumsProbed } from '../trainerTypes.ts';

/** A run that is about to train: everything that it could be refused for has passed. */
export interface RunBegin {
  readonly resumed: boolean;
  /** Steps that the weights have taken already. */
  readonly firstStep: number;
  /** Steps that were charged and are in no weights, after a crash or an interruption. */
  readonly lostSteps: number;
  readonly plan: TrainingPlan;
  readonly guarantee: LedgerGuarantee;
  /** Layers that the schedule chooses from. */
  readonly layers: readonly ScheduledLayer[];
  /** Of the latest decision; null at the beginning. */
  readonly assignment: LayerAssignment | null;
  /** ε of what was spent on the initial weights; null where nothing was. */
  readonly epsilonImported: number | null;
  /** ε of what is charged by the time of the call; tens of milliseconds of work. */
  readonly epsilonSpent: () => number;
}

/** How fast a run goes. */
export interface RunSpeed {
  /** Wall-clock seconds since this part of the run was started. */
  readonly seconds: number;
  /** Expected examples a second in that time: realized batch sizes are private. */
  readonly examplesPerSecond: number;
}

export interface StepReport extends RunSpeed {
  /** Steps taken so far. */
  readonly steps: number;
  /** From 0. */
  readonly epoch: number;
}

export interface EpochReport extends EpochEnd, RunSpeed {
  /** ε of what is charged. */
  readonly epsilon: number;
}

/**
 * Gets everything that a person who watches a run wants to see, as it happens; awaited. All of it
 * is public or private already.
 */
export interface RunReporter {
  onBegin?(begin: RunBegin): void | Promise<void>;
  /** Whether sums are exact in the formats that come next; that they are not is stored by then. */
  onProbe?(probe: SumsProbed): void | Promise<void>;
  onAnalysis?(analysis: AnalysisEnd): void | Promise<void>;
  onDecision?(decision: ScheduleDecision): void | Promise<void>;
  onEpochBegin?(epoch: EpochBegin): void | Promise<void>;
  onStepEnd?(step: StepReport): void | Promise<void>;
  /** The record of the epoch is stored by then. */
  onEpochEnd?(epoch: EpochReport): void | Promise<void>;
}
