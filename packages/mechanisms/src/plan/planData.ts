import type { AccountantName } from '@dpquant/accounting';
import type { QuantileClippingOptions } from '../clipping/quantileClipping.ts';
import type { StepSchedule } from './stepSchedule.ts';

/** The guarantee of a plan: `none` if there is no noise or the noise can be reproduced. */
export type Guarantee = 'differential privacy' | 'none';

/**
 * Everything that a run fixes before it reads any data, and on which its guarantee depends; all of
 * it is public. Plain data: `JSON.stringify` writes it, `parsePlan` reads it.
 */
export interface PlanData {
  /** Number of privacy units in the private data set. */
  readonly unitCount: number;
  /** Probability with which each unit is sampled in a step, in (0, 1]. */
  readonly sampleRate: number;
  /** Greatest number of steps. */
  readonly steps: number;
  /** Number of steps per epoch; schedules of layers and analyses count in epochs. */
  readonly stepsPerEpoch: number;
  /**
   * Standard deviation of the noise divided by the clip norm: constant, or by the number of the
   * charge. 0 adds no noise and needs `guarantee: 'none'`.
   */
  readonly noiseMultiplier: number | StepSchedule;
  /**
   * Greatest L2 norm of a unit's contribution: constant, or by the number of the charge. `null`
   * means no clipping (JSON has no infinity), and is allowed only without noise, where there is no
   * guarantee.
   */
  readonly clipNorm: number | StepSchedule | null;
  /**
   * Number of values that a step releases, those of all trainable weights. The noise of each is
   * close to Gaussian, and the difference is part of the privacy cost. The count of quantile
   * clipping is added to this number.
   */
  readonly valueCount: number;
  /** Adapts the clip norm to a quantile of the gradient norms, starting from `clipNorm`. */
  readonly quantileClipping?: QuantileClippingOptions;
  /** Private analyses of the data that control training. Default: none. */
  readonly analyses?: PlannedAnalyses;
  /**
   * `none` declares a baseline without a guarantee, which may have no noise. Default `differential
   * privacy`.
   */
  readonly guarantee?: Guarantee;
  /** The accountant that calibrated the noise and computes ε. Default `pld`. */
  readonly accountant?: AccountantName;
}

/** Analyses, fixed before training: they may be skipped, never added. */
export interface PlannedAnalyses {
  /** Probability with which each unit is in one batch of an analysis. */
  readonly sampleRate: number;
  /** Independent batches behind one analysis; a unit takes part if it is in any. Default 1. */
  readonly batches?: number;
  /** Standard deviation of the noise divided by `sensitivity`; 0 only with `guarantee: 'none'`. */
  readonly noiseMultiplier: number;
  /** Greatest L2 norm by which one unit can change the released values. */
  readonly sensitivity: number;
  /** Greatest number of values that an analysis releases: one per candidate. */
  readonly valueCount: number;
  /** Epochs from one planned analysis to the next. */
  readonly interval: number;
  /** Epoch before which the first analysis is made, from 0; must be within the plan. Default 0. */
  readonly start?: number;
  /** Greatest number of analyses: the result of `analysisCount` for plan, interval and start. */
  readonly count: number;
}
