import type { LayersModel } from '@tensorflow/tfjs-layers';
import { composed, createAccountant, type PrivacyEvent } from '@dpquant/accounting';
import {
  augmentedImages,
  splitAsGiven,
  splitByHash,
  type Dataset,
  type Split,
} from '@dpquant/data';
import { layerInfo, trainableValueCount } from '@dpquant/gradients';
import {
  analysisCount,
  calibratedPlan,
  requireCloseNoise,
  stepsPerPass,
  TrainingPlan,
  type AnalysisSettings,
  type PlanBudget,
  type PlanData,
} from '@dpquant/mechanisms';
import {
  affordableBatchSize,
  createEstimator,
  type LossImpactEstimator,
} from '@dpquant/sensitivity';
import type { TrainOptions } from './computingOptions.ts';
import type { Terminal } from './terminal.ts';
import { asUsage, UsageError } from './usageError.ts';

/** What decides which units of a data set are public: the seed of the split, or that of the run. */
export function splitSeedOf({ splitSeed, seed }: SplitSeeds): number {
  return splitSeed ?? seed;
}

export interface SplitSeeds {
  readonly splitSeed?: number;
  readonly seed: number;
}

/**
 * The private and the public part of a data set: those that it comes in, else by a hash. The private
 * one is augmented if that is asked for.
 */
export function splitData(
  dataset: Dataset,
  options: Pick<TrainOptions, 'validationFraction' | 'shift' | 'flip' | 'cutout'> & SplitSeeds,
): Split {
  const { validationFraction, seed, shift, flip = false, cutout } = options;
  return asUsage(() => {
    const split =
      splitAsGiven(dataset) ??
      splitByHash(dataset, { validationFraction, seed: splitSeedOf(options) });
    if (shift === 0 && !flip && cutout === 0) return split;
    return { ...split, training: augmentedImages(split.training, { shift, flip, cutout, seed }) };
  });
}

/** The estimator of loss impacts that the flags ask for. */
export function estimatorOf(options: TrainOptions): LossImpactEstimator {
  return createEstimator(options.estimator, { clipNorm: options.analysisClipNorm });
}

/** What is released in each step and analysis of a run, and what was before. */
export interface RunReleases {
  /** Values that the model trains. */
  readonly valueCount: number;
  /** Layers that an analysis compares; null where the policy wants no loss impacts. */
  readonly analysedLayers: number | null;
  /** What was spent on the initial weights. */
  readonly before: PrivacyEvent | null;
}

/**
 * What a run of a model releases.
 *
 * @param hasAnalyses whether the policy wants to know loss impacts
 */
export function releasesOf(
  model: LayersModel,
  hasAnalyses: boolean,
  before: PrivacyEvent | null,
): RunReleases {
  const layers = layerInfo(model).filter(({ quantizable }) => quantizable);
  return {
    valueCount: trainableValueCount(model),
    analysedLayers: hasAnalyses ? layers.length : null,
    before,
  };
}

/** The plan that the flags ask for, before anything of the data is looked at. */
export function planRun(
  options: TrainOptions,
  training: Dataset,
  { valueCount, analysedLayers, before }: RunReleases,
  terminal: Terminal,
): PlanData {
  const { batchSize, delta, epochs, steps, clipNorm, clipRatio, noiseRatio } = options;
  const unitCount = training.privacyUnits.count;
  requireFewer('batch-size', batchSize, unitCount);
  requireFewer('analysis-batch-size', options.analysisBatchSize ?? 1, unitCount);
  if (options.privacy && delta >= 1 / unitCount) {
    terminal.say(
      `warning: δ = ${delta} is not below 1/${unitCount}, one over the number of private examples: ` +
        'publishing one example outright would satisfy it',
    );
  }
  const planned = {
    unitCount,
    sampleRate: batchSize / unitCount,
    ...(steps === undefined ? { epochs } : { steps }),
    clipNorm: clipRatio === 1 ? clipNorm : { from: clipNorm, to: clipNorm * clipRatio },
    noiseRatio,
    valueCount,
    ...(options.clipping === 'quantile' && { quantileClipping: { quantile: options.quantile } }),
    ...(analysedLayers !== null && {
      analyses: {
        ...analysisSettings(options, unitCount, analysedLayers),
        valueCount: Math.max(1, analysedLayers),
      },
    }),
  };
  return asUsage(() => {
    const plan = calibratedPlan(planned, privacyBudget(options, before));
    // Where ε is given the noise is found with it.
    if (options.privacy && options.noiseMultiplier !== undefined) checkNoise(plan, options, before);
    return plan;
  });
}

function checkNoise(plan: PlanData, { delta }: TrainOptions, before: PrivacyEvent | null): void {
  const { totalEvent, accountant } = new TrainingPlan(plan);
  const event = before ? composed([before, totalEvent]) : totalEvent;
  requireCloseNoise(event, createAccountant(accountant).compose(event).epsilon(delta));
}

function privacyBudget(options: TrainOptions, before: PrivacyEvent | null): PlanBudget {
  const { privacy, noiseMultiplier, epsilon, delta } = options;
  if (!privacy) return { guarantee: 'none' };
  if (noiseMultiplier !== undefined) return { noiseMultiplier };
  return { epsilon, delta, before: before ?? undefined };
}

function analysisSettings(
  options: TrainOptions,
  unitCount: number,
  layers: number,
): Omit<AnalysisSettings, 'valueCount'> {
  const { sensitivity, batches } = estimatorOf(options);
  const { analysisNoise, analysisInterval, analysisStart } = options;
  return {
    sampleRate: analysisBatchSize(options, unitCount, layers) / unitCount,
    batches,
    ...(analysisNoise !== undefined && { noiseMultiplier: analysisNoise }),
    sensitivity,
    interval: analysisInterval,
    ...(analysisStart !== undefined && { start: analysisStart }),
  };
}

/** What was asked for, or else what takes little of the time; a rollout's batches train. */
function analysisBatchSize(options: TrainOptions, unitCount: number, layers: number): number {
  const { analysisBatchSize: given, batchSize, epochs, analysisInterval, analysisStart } = options;
  if (given !== undefined) return given;
  if (options.estimator !== 'per-example') return batchSize;
  const stepsPerEpoch = stepsPerPass(batchSize / unitCount);
  const steps = options.steps ?? epochs * stepsPerEpoch;
  const analyses = analysisCount({ steps, stepsPerEpoch }, analysisInterval, analysisStart);
  return affordableBatchSize({ steps, batchSize, analyses, layers });
}

function requireFewer(flag: string, size: number, unitCount: number): void {
  if (size <= unitCount) return;
  throw new UsageError(
    `${flag}: ${size} is larger than the ${unitCount} private examples; choose a smaller one`,
  );
}
