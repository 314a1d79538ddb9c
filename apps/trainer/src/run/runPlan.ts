import { composed, createAccountant, type PrivacyEvent } from '@dpquant/accounting';
import {
  augmentedImages,
  splitAsGiven,
  splitByHash,
  type Dataset,
  type Split,
} from '@dpquant/data';
import {
  requireCloseNoise,
  TrainingPlan,
  type PlanBudget,
  type PlanData,
} from '@dpquant/mechanisms';
import { createEstimator, type LossImpactEstimator } from '@dpquant/sensitivity';
import { deltaWarning, plannedRun, type RunReleases } from '@dpquant/training';
import type { TrainOptions } from '../flags/computingOptions.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage, UsageError } from '../flags/usageError.ts';

/** What decides which units of a data set are public: the seed of the split, or that of the run. */
export function splitSeedOf({ splitSeed, seed }: SplitSeeds): number {
  return splitSeed ?? seed;
}

export interface SplitSeeds {
  readonly splitSeed?: number;
  readonly seed: number;
}

/**
 * The private and the public part of a data set: those that it comes in, else by a hash. The
 * private one is augmented if that is asked for.
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

/** The plan that the flags ask for, before anything of the data is looked at. */
export function planRun(
  options: TrainOptions,
  training: Dataset,
  { releases, hasAnalyses, before }: PlannedReleases,
  terminal: Terminal,
): PlanData {
  const { batchSize, delta, epochs, steps, clipNorm, clipRatio, noiseRatio } = options;
  const unitCount = training.privacyUnits.count;
  requireFewer('batch-size', batchSize, unitCount);
  requireFewer('analysis-batch-size', options.analysisBatchSize ?? 1, unitCount);
  const warning = options.privacy ? deltaWarning(delta, unitCount) : null;
  if (warning !== null) terminal.say(`warning: ${warning}`);
  const planned = {
    unitCount,
    batchSize,
    ...(steps === undefined ? { epochs } : { steps }),
    clipNorm: clipRatio === 1 ? clipNorm : { from: clipNorm, to: clipNorm * clipRatio },
    noiseRatio,
    ...(options.clipping === 'quantile' && { quantileClipping: { quantile: options.quantile } }),
    ...(hasAnalyses && {
      analysis: {
        estimator: estimatorOf(options),
        interval: options.analysisInterval,
        start: options.analysisStart,
        noiseMultiplier: options.analysisNoise,
        batchSize: options.analysisBatchSize,
      },
    }),
  };
  return asUsage(() => {
    const plan = plannedRun(releases, planned, privacyBudget(options, before));
    // Where ε is given the noise is found with it.
    if (options.privacy && options.noiseMultiplier !== undefined) checkNoise(plan, options, before);
    return plan;
  });
}

/** What a run releases, and what was spent before it. */
export interface PlannedReleases {
  readonly releases: RunReleases;
  /** Whether the policy wants to know loss impacts. */
  readonly hasAnalyses: boolean;
  /** What was spent on the initial weights. */
  readonly before: PrivacyEvent | null;
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

/** @throws UsageError that names the flag, for a size above the number of private units */
function requireFewer(flag: string, size: number, unitCount: number): void {
  if (size <= unitCount) return;
  throw new UsageError(
    `${flag}: ${size} is larger than the ${unitCount} private examples; choose a smaller one`,
  );
}
