import type { PlanRandomState } from './planRandomness.ts';
import type { QuantileClippingOptions } from './quantileClipping.ts';
import { valueAt, type StepSchedule } from './stepSchedule.ts';

/** What a plan says of itself: `none` where noise is missing or can be reproduced. */
export type Guarantee = 'differential privacy' | 'none';

/** What a run fixes before it sees any data; all of it is public. */
export interface TrainingPlanOptions {
  /** Number of privacy units in the private data set. */
  readonly unitCount: number;
  /** Probability with which each unit takes part in a step, in (0, 1]. */
  readonly sampleRate: number;
  /**
   * Standard deviation of the noise over the clip norm, of every step or by the number of the
   * charge; 0, which adds none, only with `guarantee: 'none'`.
   */
  readonly noiseMultiplier: number | StepSchedule;
  /**
   * Greatest L2 norm of what one unit contributes, of every step or by the number of the charge;
   * infinite only without noise, where nothing is guaranteed.
   */
  readonly clipNorm: number | StepSchedule;
  /**
   * Lets the clip norm follow a quantile of the gradient norms; `clipNorm` is then where it starts.
   */
  readonly quantileClipping?: QuantileClippingOptions;
  /** Greatest number of steps. */
  readonly steps: number;
  /** Steps that were charged already, when a run is resumed. */
  readonly chargedSteps?: number;
  /** Private looks at the data that steer training; none if left out. */
  readonly analyses?: PlannedAnalyses;
  /** Analyses that were charged already, when a run is resumed. */
  readonly chargedAnalyses?: number;
  /**
   * Makes sampling and noise reproducible. Whoever knows the seed can subtract the noise: the plan
   * then guarantees nothing and says so.
   */
  readonly insecureSeed?: number;
  /**
   * `none` asks for a plan that may go without noise, as a baseline, and guarantees nothing.
   * Default `differential privacy`.
   */
  readonly guarantee?: Guarantee;
  /** Where another plan of these options stood, when its run is resumed. */
  readonly state?: PlanState;
}

/** Analyses, fixed before training: they may be skipped, never added. */
export interface PlannedAnalyses {
  /** Probability with which each unit falls into one batch of an analysis. */
  readonly sampleRate: number;
  /** Independent batches behind one analysis; a unit takes part if it is in any. Default 1. */
  readonly batches?: number;
  /**
   * Standard deviation of the noise over `sensitivity`; 0 only in a plan with `guarantee: 'none'`.
   */
  readonly noiseMultiplier: number;
  /** Greatest L2 norm by which one unit can change what an analysis releases. */
  readonly sensitivity: number;
  /** Greatest number of analyses. */
  readonly count: number;
}

/** Where a plan stands, besides what is charged; nothing in it is secret. */
export interface PlanState {
  /** Where quantile clipping has brought the clip norm: private already, since it was released. */
  readonly clipNorm?: number;
  /** Only under an insecure seed: the state of secure randomness is never written. */
  readonly random?: PlanRandomState;
}

/** Without noise nothing is guaranteed, which has to be asked for. */
export function requireNoiseMultiplier(name: string, value: number, guarantee: Guarantee): void {
  if (value > 0 && value < Infinity) return;
  if (value === 0 && guarantee === 'none') return;
  const remedy =
    value === 0
      ? "; without noise nothing is guaranteed: for a baseline without privacy give guarantee: 'none'"
      : '';
  throw new RangeError(`${name}: expected a number > 0, got ${value}${remedy}`);
}

/** Throws RangeError that names the first option out of range. */
export function checkPlanOptions(options: TrainingPlanOptions): void {
  const check = (name: string, value: number, ok: boolean, expected: string) => {
    if (!ok) throw new RangeError(`${name}: expected ${expected}, got ${value}`);
  };
  const isCount = (value: number) => Number.isInteger(value) && value >= 0;
  const isRate = (value: number) => value > 0 && value <= 1;
  const isPositive = (value: number) => value > 0 && value < Infinity;
  const { unitCount, sampleRate, steps, chargedSteps = 0, chargedAnalyses = 0 } = options;
  check('unitCount', unitCount, isCount(unitCount) && unitCount > 0, 'a whole number > 0');
  check('sampleRate', sampleRate, isRate(sampleRate), 'a number in (0, 1]');
  check('steps', steps, isCount(steps), 'a whole number ≥ 0');
  check('chargedSteps', chargedSteps, isCount(chargedSteps), 'a whole number ≥ 0');
  check('chargedAnalyses', chargedAnalyses, isCount(chargedAnalyses), 'a whole number ≥ 0');
  const { guarantee = 'differential privacy' } = options;
  if (guarantee !== 'differential privacy' && guarantee !== 'none') {
    throw new RangeError(
      `guarantee: expected 'differential privacy' or 'none', got '${String(guarantee)}'`,
    );
  }
  requireNoiseMultiplier('noiseMultiplier', valueAt(options.noiseMultiplier, 0), guarantee);
  for (let step = 0; step < Math.max(1, steps); step++) {
    const clipNorm = valueAt(options.clipNorm, step);
    const isNoisy = valueAt(options.noiseMultiplier, step) !== 0;
    check(
      'clipNorm',
      clipNorm,
      clipNorm > 0 && !(isNoisy && clipNorm === Infinity),
      'a number > 0',
    );
    if (typeof options.clipNorm === 'number') break;
  }
  if (options.quantileClipping && typeof options.clipNorm !== 'number') {
    throw new RangeError('clipNorm: quantile clipping starts from a number, got a schedule');
  }
  if (!options.analyses) return;
  const { batches = 1, noiseMultiplier, sensitivity, count, sampleRate: rate } = options.analyses;
  check('analyses.sampleRate', rate, isRate(rate), 'a number in (0, 1]');
  check('analyses.batches', batches, isCount(batches) && batches > 0, 'a whole number > 0');
  check('analyses.sensitivity', sensitivity, isPositive(sensitivity), 'a number > 0');
  check('analyses.count', count, isCount(count), 'a whole number ≥ 0');
  requireNoiseMultiplier('analyses.noiseMultiplier', noiseMultiplier, guarantee);
}
