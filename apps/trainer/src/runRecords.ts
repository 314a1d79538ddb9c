import type { PlanData } from '@dpquant/mechanisms';
import type { TrainingResult } from '@dpquant/training';
import type { TrainOptions } from './computingOptions.ts';
import type { DataRecord } from './dataIdentity.ts';
import type { BackendRecord } from './runBackend.ts';
import type { FolderMark } from './runIdentity.ts';
import type { StartRecord } from './startingModel.ts';

/** Why a run ended. After an error of its policy it can be resumed, as after an interruption. */
export type StopReason = TrainingResult['stopped'] | 'policy error';

/** config.json of a run folder: enough to repeat or continue the run. */
export interface RunConfig {
  /**
   * Tells the run from others of the same settings; absent under an insecure seed, where they are
   * one.
   */
  readonly id?: string;
  readonly options: TrainOptions & { readonly seed: number };
  /** What the privacy guarantee of the run rests on; all of it public. */
  readonly plan: PlanData;
  readonly start: StartRecord;
  readonly data: DataRecord;
  /** The folder that the run was started in, as `folderMark` gives it: a copy is told by it. */
  readonly folder: FolderMark;
  /** Runs of earlier versions have none. */
  readonly backend?: BackendRecord;
  readonly versions: Readonly<Record<string, string>>;
}

/** summary.json of a run folder, and the answer of `train --json`. */
export interface RunSummary {
  readonly run: string;
  readonly backend: string;
  readonly guarantee: 'differential privacy' | 'none';
  /**
   * ε of the whole plan and of what was imported with the initial weights, which is what the run
   * guarantees; null where there is no bound.
   */
  readonly epsilon: number | null;
  /** ε of what was charged: less after an early stop or analyses left out, and no guarantee. */
  readonly epsilonSpent: number | null;
  /** ε of what was imported with the initial weights, by itself; 0 without. */
  readonly epsilonImported: number | null;
  readonly delta: number;
  readonly epsilonTarget: number | null;
  /** On the public validation part. */
  readonly accuracy: number;
  readonly quantizedFraction: number;
  readonly theoreticalSpeedup: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly steps: number;
  readonly noiseMultiplier: number;
  /** Analyses of loss impacts: how many were charged, what those planned add to ε, and their time. */
  readonly analyses: {
    readonly count: number;
    readonly epsilon: number | null;
    readonly seconds: number;
  };
  readonly stopped: StopReason;
}
