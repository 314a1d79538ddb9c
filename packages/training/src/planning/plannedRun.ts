import type * as tfl from '@tensorflow/tfjs-layers';
import { layerInfo, trainableValueCount } from '@dpquant/gradients';
import {
  analysisCount,
  calibratedPlan,
  stepsPerPass,
  type AnalysisSettings,
  type CalibratedPlanOptions,
  type PlanBudget,
  type PlanData,
} from '@dpquant/mechanisms';
import { affordableBatchSize, type LossImpactEstimator } from '@dpquant/sensitivity';

/**
 * Sizes of what a run releases in each step and analysis; they depend on the model's shapes alone.
 */
export interface RunReleases {
  /** Number of trainable values of the model. */
  readonly valueCount: number;
  /** Number of layers that an analysis compares. */
  readonly layerCount: number;
}

/** When loss impacts are measured, and by which estimator. */
export interface PlannedAnalysisOptions {
  readonly estimator: LossImpactEstimator;
  /** Epochs from one planned analysis to the next. Default 2. */
  readonly interval?: number | undefined;
  /** The epoch, from 0, before which the first analysis is made. Default 0. */
  readonly start?: number | undefined;
  /** Default: that of the steps. */
  readonly noiseMultiplier?: number | undefined;
  /**
   * Expected number of privacy units in an analysis. Default: that of a step; with `per-example`
   * fewer if analyses would take more than a twentieth of the time.
   */
  readonly batchSize?: number | undefined;
}

/** Options of a plan except its noise; all of them public. */
export interface PlannedRunOptions extends Pick<
  CalibratedPlanOptions,
  'unitCount' | 'steps' | 'epochs' | 'clipNorm' | 'noiseRatio' | 'quantileClipping'
> {
  /** Expected number of privacy units in a step. */
  readonly batchSize: number;
  /** Left out if the policy uses no loss impacts. */
  readonly analysis?: PlannedAnalysisOptions | undefined;
}

/** Default number of epochs from one planned analysis to the next. */
export const defaultAnalysisInterval = 2;

/** Sizes of what a run of a model releases. */
export function releasesOf(model: tfl.LayersModel): RunReleases {
  return {
    valueCount: trainableValueCount(model),
    layerCount: layerInfo(model).filter(({ quantizable }) => quantizable).length,
  };
}

/**
 * The plan of a run: its steps, its analyses, and the noise that a privacy budget requires for
 * both. No data are read.
 *
 * @throws RangeError for a batch that is larger than the private part, and as `calibratedPlan`
 */
export function plannedRun(
  releases: RunReleases,
  options: PlannedRunOptions,
  budget: PlanBudget,
): PlanData {
  const { unitCount, batchSize, steps, epochs, clipNorm, noiseRatio, quantileClipping } = options;
  requireFewer('batchSize', batchSize, unitCount);
  if (options.analysis?.batchSize !== undefined) {
    requireFewer('analysis.batchSize', options.analysis.batchSize, unitCount);
  }
  return calibratedPlan(
    {
      unitCount,
      sampleRate: batchSize / unitCount,
      ...(steps !== undefined && { steps }),
      ...(epochs !== undefined && { epochs }),
      clipNorm,
      ...(noiseRatio !== undefined && { noiseRatio }),
      valueCount: releases.valueCount,
      ...(quantileClipping && { quantileClipping }),
      ...(options.analysis && {
        analyses: analysesOf(options.analysis, options, releases.layerCount),
      }),
    },
    budget,
  );
}

/** A warning about δ for the owner of the data, or null. */
export function deltaWarning(delta: number, unitCount: number): string | null {
  if (delta < 1 / unitCount) return null;
  return (
    `δ = ${delta} is not below 1/${unitCount}, one over the number of private examples: ` +
    'publishing one example outright would satisfy it'
  );
}

function analysesOf(
  analysis: PlannedAnalysisOptions,
  run: PlannedRunOptions,
  layers: number,
): AnalysisSettings {
  const { estimator, interval = defaultAnalysisInterval, start, noiseMultiplier } = analysis;
  const { batches, sensitivity } = estimator;
  const batchSize = analysis.batchSize ?? affordable(analysis, run, layers);
  return {
    sampleRate: batchSize / run.unitCount,
    batches,
    ...(noiseMultiplier !== undefined && { noiseMultiplier }),
    sensitivity,
    interval,
    ...(start !== undefined && { start }),
    valueCount: Math.max(1, layers),
  };
}

/** A batch size that takes little time. Rollouts keep theirs, since their batches train. */
function affordable(
  { estimator, interval = defaultAnalysisInterval, start }: PlannedAnalysisOptions,
  { unitCount, batchSize, epochs = 1, ...run }: PlannedRunOptions,
  layers: number,
): number {
  if (estimator.name !== 'per-example') return batchSize;
  const stepsPerEpoch = stepsPerPass(batchSize / unitCount);
  const steps = run.steps ?? epochs * stepsPerEpoch;
  const analyses = analysisCount({ steps, stepsPerEpoch }, interval, start);
  return affordableBatchSize({ steps, batchSize, analyses, layers });
}

function requireFewer(name: string, size: number, unitCount: number): void {
  if (size <= unitCount) return;
  throw new RangeError(
    `${name}: ${size} is larger than the ${unitCount} private examples; choose a smaller one`,
  );
}
