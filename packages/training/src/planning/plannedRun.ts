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

/** What is released in each step and analysis of a run; of a model's shapes alone. */
export interface RunReleases {
  /** Values that the model trains. */
  readonly valueCount: number;
  /** Layers that an analysis compares. */
  readonly layerCount: number;
}

/** When loss impacts are measured, and by what. */
export interface PlannedAnalysisOptions {
  readonly estimator: LossImpactEstimator;
  /** Epochs from one planned analysis to the next. Default 2. */
  readonly interval?: number | undefined;
  /** The epoch, from 0, that the first analysis is made before. Default 0. */
  readonly start?: number | undefined;
  /** Default: that of a step. */
  readonly noiseMultiplier?: number | undefined;
  /**
   * Expected privacy units of an analysis. Default: those of a step; under `per-example` fewer
   * where analyses would take more than a twentieth of the time.
   */
  readonly batchSize?: number | undefined;
}

/** What a run is planned by, but for the noise; all of it public. */
export interface PlannedRunOptions extends Pick<
  CalibratedPlanOptions,
  'unitCount' | 'steps' | 'epochs' | 'clipNorm' | 'noiseRatio' | 'quantileClipping'
> {
  /** Expected privacy units of a step. */
  readonly batchSize: number;
  /** None where the policy wants no loss impacts. */
  readonly analysis?: PlannedAnalysisOptions | undefined;
}

/** Epochs from one planned analysis to the next, where nobody says otherwise. */
export const defaultAnalysisInterval = 2;

/** What a run of a model releases. */
export function releasesOf(model: tfl.LayersModel): RunReleases {
  return {
    valueCount: trainableValueCount(model),
    layerCount: layerInfo(model).filter(({ quantizable }) => quantizable).length,
  };
}

/**
 * The plan of a run: its steps, its analyses, and the noise that a budget takes for both, before
 * anything of the data is looked at.
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

/**
 * What the owner should know of a δ: null, or a sentence.
 */
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

/** What takes little of the time; a rollout's batches train. */
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
