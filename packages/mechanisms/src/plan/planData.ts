import type { AccountantName } from '@dpquant/accounting';
import type { QuantileClippingOptions } from '../clipping/quantileClipping.ts';
import type { StepSchedule } from './stepSchedule.ts';

/** The guarantee of a plan: `none` where noise is missing or can be reproduced. */
export type Guarantee = 'differential privacy' | 'none';

/**
 * Everything that a run fixes before it reads any data, and on which its guarantee depends; all of
 * it is public. Plain data: `JSON.stringify` writes it, `parsePlan` reads it.
 */
export interface PlanData {
  /** Number of privacy units in the private data set. */
  readonly unitCount: number;
  /** Probability with which each unit takes part in a step, in (0, 1]. */
  readonly sampleRate: number;
  /** Greatest number of steps. */
  readonly steps: number;
  /** Steps of an epoch, in which schedules of layers and analyses count. */
  readonly stepsPerEpoch: number;
  /**
   * Standard deviation of the noise over the clip norm, of every step or by the number of the
   * charge; 0, which adds none, only with `guarantee: 'none'`.
   */
  readonly noiseMultiplier: number | StepSchedule;
  /**
   * Greatest L2 norm of what one unit contributes, of every step or by the number of the charge.
   * `null` bounds nothing: only without noise, where nothing is guaranteed. (JSON has no infinity.)
   */
  readonly clipNorm: number | StepSchedule | null;
  /**
   * Number of values that a step releases, those of all trainable weights: the noise of each is
   * close to a Gaussian's, and how close is part of the price. That of quantile clipping is counted
   * besides.
   */
  readonly valueCount: number;
  /**
   * Lets the clip norm follow a quantile of the gradient norms; `clipNorm` is then where it starts.
   */
  readonly quantileClipping?: QuantileClippingOptions;
  /** Private analyses of the data that control training. Default: none. */
  readonly analyses?: PlannedAnalyses;
  /**
   * `none` asks for a plan that may go without noise, as a baseline, and guarantees nothing.
   * Default `differential privacy`.
   */
  readonly guarantee?: Guarantee;
  /** The accountant that calibrated the noise and computes ε. Default `pld`. */
  readonly accountant?: AccountantName;
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
  /** Greatest number of values that an analysis releases: one a candidate. */
  readonly valueCount: number;
  /** Epochs from one planned analysis to the next. */
  readonly interval: number;
  /** The epoch that the first analysis is made before, from 0; one that the plan has. Default 0. */
  readonly start?: number;
  /** Greatest number of analyses: what `analysisCount` gives for plan, interval and start. */
  readonly count: number;
}
