import type { AccountantName } from '@dpquant/accounting';
import type { PlannedAnalyses } from '@dpquant/mechanisms';
import type { TrainOptions } from './computingOptions.ts';
import type { DataRecord } from './dataIdentity.ts';
import type { BackendRecord } from './runBackend.ts';
import type { FolderMark } from './runIdentity.ts';
import type { StartRecord } from './startingModel.ts';

/** What the privacy guarantee of a run rests on; all of it public. */
export interface PlannedRun {
  readonly unitCount: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Of the first steps; 0 in a run without privacy, which neither clips. */
  readonly noiseMultiplier: number;
  /** Noise multiplier of the last steps over that of the first. */
  readonly noiseRatio: number;
  readonly clipNorm: number;
  readonly clipRatio: number;
  /** Quantile of the gradient norms that the clip norm follows, under quantile clipping. */
  readonly quantile?: number | undefined;
  readonly analyses?: PlannedAnalyses;
  readonly accountant: AccountantName;
}

/** config.json of a run folder: enough to repeat or continue the run. */
export interface RunConfig {
  /**
   * Tells the run from others of the same settings; absent under an insecure seed, where they are
   * one.
   */
  readonly id?: string;
  readonly options: TrainOptions & { readonly seed: number };
  readonly plan: PlannedRun;
  readonly start: StartRecord;
  readonly data: DataRecord;
  /** The folder that the run was started in, as `folderMark` gives it: a copy is told by it. */
  readonly folder: FolderMark;
  /** Runs of earlier versions have none. */
  readonly backend?: BackendRecord;
  readonly versions: Readonly<Record<string, string>>;
}
