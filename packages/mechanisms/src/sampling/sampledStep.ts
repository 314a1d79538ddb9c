import type { PrivacyEvent } from '@dpquant/accounting';
import type { Draw } from '../plan/plannedDraws.ts';

/** One draw of the plan: the units that take part in one step, and its privacy cost. */
export interface SampledStep extends Draw {
  /** Number of the training step, from 0. */
  readonly step: number;
  /** Drawn units, ascending; private. */
  readonly units: Uint32Array;
  /** Clip norm of this step. */
  readonly clipNorm: number;
}

/**
 * Values of a sum. Int32Array if the units are few enough to stay in that range; it takes half the
 * memory, and its values need no check.
 */
export type SumValues = Int32Array | Float64Array;

/**
 * Sum of clipped gradients over the units of one step, by weight name, in whole numbers of grid
 * units: each unit's gradient was rounded before it was added, so the sums are exact. Without
 * clipping (infinite sensitivity) they are real values, and no noise can protect them.
 */
export interface ClippedSums {
  readonly sums: ReadonlyMap<string, SumValues>;
  /** The real value of one grid unit: `gridUnit(sensitivity)`, or 1 for real values. */
  readonly gridUnit: number;
  /** Greatest L2 norm by which one unit can change `sums`. */
  readonly sensitivity: number;
  /** Σ(1[‖g‖ ≤ C] − ½) over the units; required by quantile clipping. */
  readonly unclippedCount?: number;
}

/** The result of an analysis, in whole numbers of grid units. */
export interface AnalysisValues {
  readonly values: Float64Array;
  /** The real value of one grid unit: `gridUnit(sensitivity)`. */
  readonly gridUnit: number;
  /** Greatest L2 norm by which one unit can change `values`. */
  readonly sensitivity: number;
}

/** The private mean gradient of one step: the only information about the units that is released. */
export interface Release {
  readonly mean: ReadonlyMap<string, Float32Array>;
  /** Standard deviation of the noise in each value of the mean: public. */
  readonly noiseDeviation: number;
  readonly event: PrivacyEvent;
}
