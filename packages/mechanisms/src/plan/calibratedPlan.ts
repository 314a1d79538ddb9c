import {
  calibrateNoiseMultiplier,
  composed,
  type AccountantName,
  type PrivacyBudget,
  type PrivacyEvent,
} from '@dpquant/accounting';
import { parsePlan } from './parsePlan.ts';
import type { PlanData, PlannedAnalyses } from './planData.ts';
import { noiseMultiplierRange, requireCloseNoise } from '../noise/noiseRange.ts';
import { analysisCount, stepsPerPass } from './planEpochs.ts';
import { PlanFields, ranges } from './planFields.ts';
import type { StepSchedule } from './stepSchedule.ts';
import { TrainingPlan } from './trainingPlan.ts';

/** Options of a plan except its noise; all of them public. */
export interface CalibratedPlanOptions extends Pick<
  PlanData,
  'unitCount' | 'sampleRate' | 'quantileClipping' | 'valueCount'
> {
  /** Number of steps; alternatively give `epochs`. */
  readonly steps?: number;
  /** Expected number of passes over the data, each of round(1 / sampleRate) steps. */
  readonly epochs?: number;
  readonly clipNorm: number | StepSchedule;
  /** Noise multiplier of the last steps divided by that of the first, in ten stages. Default 1. */
  readonly noiseRatio?: number;
  /** Private analyses of the data that control training. Default: none. */
  readonly analyses?: AnalysisSettings;
}

/**
 * Batches and sensitivity of the analysis' estimator, and the times of the analyses, from which
 * their number follows.
 */
export interface AnalysisSettings extends Pick<
  PlannedAnalyses,
  'interval' | 'start' | 'batches' | 'sensitivity' | 'valueCount'
> {
  /** Default: that of a step. */
  readonly sampleRate?: number;
  /**
   * Default: that of the first step, so that an analysis costs as much as a step. With one every
   * two epochs that is at most a percent of ε.
   */
  readonly noiseMultiplier?: number;
}

/** What determines the noise of a plan. */
export type PlanBudget = PrivacyGoal | FixedNoise | NoPrivacy;

/** The least noise with which the whole plan stays within ε at δ. */
export interface PrivacyGoal extends PrivacyBudget {
  /** Events already spent on the same data, which are part of the goal. */
  readonly before?: PrivacyEvent | undefined;
}

/** A given noise multiplier, whatever ε results. */
export interface FixedNoise {
  readonly noiseMultiplier: number;
  readonly accountant?: AccountantName;
}

/** Neither clipping nor noise: a baseline. */
export interface NoPrivacy {
  readonly guarantee: 'none';
}

/**
 * Fixes steps, analyses and noise before any data is read. The result is on the safe side: the
 * accountant's ε of the whole plan is at most that of the goal.
 *
 * @throws RangeError or TypeError that names what is out of range
 * @throws RangeError for a goal that no noise can reach
 */
export function calibratedPlan(options: CalibratedPlanOptions, budget: PlanBudget): PlanData {
  const fields = requireNames(options, '', optionNames);
  fields.optionalNumber('noiseRatio', ranges.positive);
  fields.optionalNumber('epochs', ranges.positiveCount);
  if (options.analyses !== undefined) requireNames(options.analyses, 'analyses', analysisNames);
  requireBudget(budget);
  if ('epsilon' in budget && budget.epsilon !== undefined) {
    return withNoise(options, leastNoise(options, budget), budget);
  }
  if ('noiseMultiplier' in budget && budget.noiseMultiplier !== undefined) {
    return withNoise(options, budget.noiseMultiplier, budget);
  }
  return parsePlan({
    ...planOf(options, 0),
    noiseMultiplier: 0,
    clipNorm: null,
    guarantee: 'none',
  });
}

function leastNoise(options: CalibratedPlanOptions, { before, ...goal }: PrivacyGoal): number {
  const { smallest, tooLarge } = noiseMultiplierRange;
  const { noiseRatio = 1, quantileClipping } = options;
  // If the search leaves the grid's range, the plan at its border is used.
  const onGrid = (noiseMultiplier: number) =>
    Math.min(
      (tooLarge * (1 - 2 ** -50)) / Math.max(1, noiseRatio),
      Math.max(smallest / Math.min(1, noiseRatio), noiseMultiplier),
    );
  // The noisy count of quantile clipping is one more value.
  const valueCount = options.valueCount + (quantileClipping ? 1 : 0);
  const planned = { ...options, valueCount };
  const found = calibrateNoiseMultiplier({
    ...goal,
    plan(noiseMultiplier) {
      const { totalEvent } = new TrainingPlan(planOf(planned, onGrid(noiseMultiplier)));
      return before ? composed([before, totalEvent]) : totalEvent;
    },
  });
  const noiseMultiplier = onGrid(found);
  const { totalEvent } = new TrainingPlan(planOf(planned, noiseMultiplier));
  requireCloseNoise(before ? composed([before, totalEvent]) : totalEvent, goal.epsilon);
  return noiseMultiplier;
}

function withNoise(
  options: CalibratedPlanOptions,
  noiseMultiplier: number,
  { accountant = 'pld' }: PrivacyGoal | FixedNoise,
): PlanData {
  const { quantileClipping } = options;
  return parsePlan({ ...planOf(options, noiseMultiplier), quantileClipping, accountant });
}

/**
 * The plan at a noise multiplier of the first steps, without quantile clipping's rule for the clip
 * norm, which costs nothing itself.
 */
function planOf(options: CalibratedPlanOptions, noiseMultiplier: number): PlanData {
  const { unitCount, sampleRate, clipNorm, valueCount, noiseRatio = 1, analyses } = options;
  const stepsPerEpoch = stepsPerPass(sampleRate);
  const steps = stepsOf(options, stepsPerEpoch);
  return {
    unitCount,
    sampleRate,
    steps,
    stepsPerEpoch,
    noiseMultiplier:
      noiseRatio === 1
        ? noiseMultiplier
        : { from: noiseMultiplier, to: noiseMultiplier * noiseRatio },
    clipNorm,
    valueCount,
    ...(analyses && {
      analyses: {
        ...analyses,
        sampleRate: analyses.sampleRate ?? sampleRate,
        noiseMultiplier: analyses.noiseMultiplier ?? noiseMultiplier,
        count: analysisCount({ steps, stepsPerEpoch }, analyses.interval, analyses.start),
      },
    }),
  };
}

function stepsOf({ steps, epochs }: CalibratedPlanOptions, stepsPerEpoch: number): number {
  if (steps !== undefined && epochs === undefined) return steps;
  if (epochs !== undefined && steps === undefined) return epochs * stepsPerEpoch;
  throw new RangeError(
    `steps: expected either a number of steps or one of epochs, got ${steps} and ${epochs}`,
  );
}

const optionNames = [
  'unitCount',
  'sampleRate',
  'steps',
  'epochs',
  'clipNorm',
  'valueCount',
  'noiseRatio',
  'quantileClipping',
  'analyses',
] satisfies readonly (keyof CalibratedPlanOptions)[];

const analysisNames = [
  'sampleRate',
  'batches',
  'noiseMultiplier',
  'sensitivity',
  'valueCount',
  'interval',
  'start',
] satisfies readonly (keyof AnalysisSettings)[];

/** Field names of each kind of budget, starting with the one that identifies it. */
const budgetNames: readonly (readonly [string, ...string[]])[] = [
  ['epsilon', 'delta', 'accountant', 'before'],
  ['noiseMultiplier', 'accountant'],
  ['guarantee'],
];

/** A misspelt option would silently have its default value. */
function requireNames(value: unknown, path: string, names: readonly string[]): PlanFields {
  const fields = new PlanFields(value, path);
  for (const name of names) fields.value(name);
  fields.requireNoOthers();
  return fields;
}

function requireBudget(budget: unknown): void {
  const fields = new PlanFields(budget, 'budget');
  const names = budgetNames.find(([first]) => fields.value(first) !== undefined);
  const isPromise = names?.[0] === 'guarantee' && fields.value('guarantee') !== 'none';
  if (names && !isPromise) {
    requireNames(budget, 'budget', names);
    return;
  }
  throw new RangeError(
    `budget: expected { epsilon, delta }, { noiseMultiplier } or { guarantee: 'none' }, got ${JSON.stringify(budget)}`,
  );
}
