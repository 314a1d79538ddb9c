import type { ComputeBudget } from './computeBudget.ts';

/** A layer that can run in low precision, with what a schedule may weigh it by. */
export interface ScheduledLayer {
  readonly name: string;
  /** Number of trainable weights. */
  readonly parameters: number;
  /** Multiply-accumulates of one example's forward pass. */
  readonly multiplyAccumulates: number;
}

/**
 * Everything a policy decides from. Nothing in it comes from un-noised data, so that whatever a
 * policy computes from it costs no privacy.
 */
export interface ScheduleContext {
  /** Counted from 0. */
  readonly epoch: number;
  /**
   * What was decided for the epochs before, in order, after a resume too. Absent where a caller
   * keeps none.
   */
  readonly earlier?: readonly LayerAssignment[] | undefined;
  readonly layers: readonly ScheduledLayer[];
  readonly budget: ComputeBudget;
  /** Name of the low-precision format of this run, for example `luq-fp4`. */
  readonly format: string;
  /**
   * Format of the layers that are not chosen for `format`, for example `fp8-e4m3` for the sensitive
   * ones of a run in `luq-fp4`. Default float32.
   */
  readonly otherFormat?: string | undefined;
  /** Speed-ups that a budget of `theoreticalSpeedup` is reckoned with. Default `defaultFormatSpeedups`. */
  readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
  /**
   * Smoothed private estimate of the loss increase that quantizing each layer causes, by layer
   * name; absent before the first analysis, and in runs without one.
   */
  readonly lossImpacts?: ReadonlyMap<string, number> | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Layer name → format name. Layers that are left out run in float32. */
export type LayerAssignment = ReadonlyMap<string, string>;

/**
 * Decides at the start of each epoch which layers run in which format. A policy of your own is any
 * object of this type; `checkAssignment` is what its answers have to pass.
 *
 * A policy that looks at private data in any other way than through `lossImpacts` breaks the
 * privacy guarantee.
 */
export interface SchedulePolicy {
  readonly name: string;
  /**
   * Whether it wants `lossImpacts`: private analyses are made for it then, charged to the same budget.
   * Default false.
   */
  readonly usesLossImpacts?: boolean;
  select(context: ScheduleContext): LayerAssignment;
}
