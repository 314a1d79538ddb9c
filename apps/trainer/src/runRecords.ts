import type { AccountantName } from '@dpquant/accounting';
import type { TrainingResult } from '@dpquant/training';
import type { TrainOptions } from './trainOptions.ts';

/** config.json of a run folder: enough to repeat or continue the run. */
export interface RunConfig {
  readonly options: TrainOptions & { readonly seed: number };
  /** What the privacy guarantee rests on; all of it public. */
  readonly plan: {
    readonly unitCount: number;
    readonly sampleRate: number;
    readonly noiseMultiplier: number;
    readonly clipNorm: number;
    /** Quantile of the gradient norms that the clip norm follows, under quantile clipping. */
    readonly quantile?: number;
    readonly steps: number;
    readonly stepsPerEpoch: number;
    readonly accountant: AccountantName;
  };
  readonly versions: Readonly<Record<string, string>>;
}

/** summary.json of a run folder, and the answer of `train --json`. */
export interface RunSummary {
  readonly run: string;
  readonly backend: string;
  readonly guarantee: 'differential privacy' | 'none';
  /** ε of the whole plan: what the finished run guarantees. */
  readonly epsilon: number;
  readonly delta: number;
  readonly epsilonTarget: number;
  /** On the public validation part. */
  readonly accuracy: number;
  readonly quantizedFraction: number;
  readonly theoreticalSpeedup: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly steps: number;
  readonly noiseMultiplier: number;
  readonly stopped: TrainingResult['stopped'];
}
