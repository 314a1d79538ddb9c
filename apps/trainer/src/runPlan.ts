import {
  calibrateNoiseMultiplier,
  composed,
  type PrivacyEvent,
  type PrivacyLabel,
  type PrivacyLedger,
} from '@dpquant/accounting';
import { augmentedImages, splitByHash, type Dataset, type Split } from '@dpquant/data';
import {
  stagedSchedule,
  TrainingPlan,
  type PlannedAnalyses,
  type PlanState,
  type StepSchedule,
  type TrainingPlanOptions,
} from '@dpquant/mechanisms';
import { AnalysisCalendar, createEstimator, type LossImpactEstimator } from '@dpquant/sensitivity';
import type { TrainOptions } from './computingOptions.ts';
import { accountantNames } from './privacyOptions.ts';
import type { PlannedRun, RunConfig } from './runRecords.ts';
import type { Terminal } from './terminal.ts';
import { asUsage, UsageError } from './usageError.ts';

/** The private and the public part of a data set; the private one augmented if that is asked for. */
export function splitData(
  dataset: Dataset,
  options: Pick<TrainOptions, 'validationFraction' | 'shift' | 'flip' | 'cutout'> & {
    seed: number;
  },
): Split {
  const { validationFraction, seed, shift, flip = false, cutout } = options;
  return asUsage(() => {
    const split = splitByHash(dataset, { validationFraction, seed });
    if (shift === 0 && !flip && cutout === 0) return split;
    return { ...split, training: augmentedImages(split.training, { shift, flip, cutout, seed }) };
  });
}

/** The estimator of loss impacts that the flags ask for. */
export function estimatorOf(options: TrainOptions): LossImpactEstimator {
  return createEstimator(options.estimator, { clipNorm: options.analysisClipNorm });
}

/**
 * Fixes sample rate, steps, analyses and noise before anything of the data is looked at.
 *
 * @param hasAnalyses whether the policy wants to know loss impacts
 * @param before what was spent on the initial weights
 */
export function planRun(
  options: TrainOptions,
  training: Dataset,
  hasAnalyses: boolean,
  before: PrivacyEvent | null,
  terminal: Terminal,
): PlannedRun {
  const { batchSize, epsilon, delta } = options;
  const unitCount = training.privacyUnits.count;
  requireFewer('batch-size', batchSize, unitCount);
  requireFewer('analysis-batch-size', options.analysisBatchSize ?? 1, unitCount);
  if (options.privacy && delta >= 1 / unitCount) {
    terminal.say(
      `warning: δ = ${delta} is not below 1/${unitCount}, one over the number of private examples: ` +
        'publishing one example outright would satisfy it',
    );
  }
  const sampleRate = batchSize / unitCount;
  const stepsPerEpoch = Math.max(1, Math.round(1 / sampleRate));
  const accountant = accountantNames[0]!;
  const withNoise = (noiseMultiplier: number): PlannedRun => {
    const steps = options.steps ?? options.epochs * stepsPerEpoch;
    const epochs = Math.ceil(steps / stepsPerEpoch);
    return {
      unitCount,
      sampleRate,
      steps,
      stepsPerEpoch,
      noiseMultiplier,
      noiseRatio: options.noiseRatio,
      clipNorm: options.clipNorm,
      clipRatio: options.clipRatio,
      ...(options.clipping === 'quantile' && { quantile: options.quantile }),
      ...(hasAnalyses && {
        analyses: plannedAnalyses(options, unitCount, epochs, noiseMultiplier),
      }),
      accountant,
    };
  };
  return asUsage(() => {
    if (!options.privacy) return withNoise(0);
    if (options.noiseMultiplier !== undefined) return withNoise(options.noiseMultiplier);
    const costOf = (noiseMultiplier: number) => {
      // How the clip norm moves costs nothing by itself.
      const planned = { ...withNoise(noiseMultiplier), quantile: undefined };
      return withSpent(before, new TrainingPlan(planOptions(planned)).totalEvent);
    };
    return withNoise(calibrateNoiseMultiplier({ epsilon, delta, accountant, plan: costOf }));
  });
}

/**
 * Analyses by default have the batch and the noise of a step, so that each costs as much as one. With an
 * analysis every two epochs that is a percent or less of ε.
 */
function plannedAnalyses(
  options: TrainOptions,
  unitCount: number,
  epochs: number,
  noiseMultiplier: number,
): PlannedAnalyses {
  const { sensitivity, batches } = estimatorOf(options);
  const { analysisBatchSize = options.batchSize, analysisInterval: interval } = options;
  return {
    sampleRate: analysisBatchSize / unitCount,
    batches,
    noiseMultiplier: options.analysisNoise ?? noiseMultiplier,
    sensitivity,
    count: new AnalysisCalendar({ epochs, interval }).count,
  };
}

/** An event together with what was spent before it. */
export function withSpent(before: PrivacyEvent | null, event: PrivacyEvent): PrivacyEvent {
  return before ? composed([before, event]) : event;
}

/** The plan of a run as its configuration has it. */
export function planOptions(planned: PlannedRun): TrainingPlanOptions {
  const { noiseMultiplier, noiseRatio, clipNorm, clipRatio, steps, quantile, analyses } = planned;
  const { unitCount, sampleRate } = planned;
  const staged = (from: number, ratio: number): number | StepSchedule =>
    ratio === 1 ? from : stagedSchedule({ from, to: from * ratio, steps });
  const isPrivate = noiseMultiplier > 0;
  return {
    unitCount,
    sampleRate,
    steps,
    noiseMultiplier: isPrivate ? staged(noiseMultiplier, noiseRatio) : 0,
    clipNorm: isPrivate ? staged(clipNorm, clipRatio) : Infinity,
    ...(!isPrivate && { guarantee: 'none' }),
    ...(quantile !== undefined && isPrivate && { quantileClipping: { quantile } }),
    ...(analyses && { analyses }),
  };
}

/** The plan of a run, with what its ledger says was charged already. */
export function restorePlan(
  { plan, options }: Pick<RunConfig, 'plan' | 'options'>,
  ledger: PrivacyLedger,
  state: PlanState = {},
): TrainingPlan {
  return asUsage(
    () =>
      new TrainingPlan({
        ...planOptions(plan),
        chargedSteps: chargedEvents(ledger, 'training'),
        chargedAnalyses: chargedEvents(ledger, 'analysis'),
        ...(options.insecureSeed !== undefined && { insecureSeed: options.insecureSeed }),
        state,
      }),
  );
}

function requireFewer(flag: string, size: number, unitCount: number): void {
  if (size <= unitCount) return;
  throw new UsageError(
    `${flag}: ${size} is larger than the ${unitCount} private examples; choose a smaller one`,
  );
}

/** Number of events of a kind that are in the ledger. */
function chargedEvents(ledger: PrivacyLedger, label: PrivacyLabel): number {
  // What was imported was spent before this run.
  const entries = ledger.entries.filter(
    (entry) => entry.label === label && entry.source === undefined,
  );
  return entries.reduce((sum, { count }) => sum + count, 0);
}
