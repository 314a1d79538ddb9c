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
  /** The epoch that the decision's first step is in, counted from 0. */
  readonly epoch: number;
  /** Epochs of the whole run. This and the next four are absent where a caller does not know. */
  readonly epochs?: number | undefined;
  /** The decision's first step, counted from 0 over the whole run. */
  readonly step?: number | undefined;
  /** Steps of the whole run. */
  readonly steps?: number | undefined;
  /** Steps from one decision to the next: those of an epoch, unless the run asks otherwise. */
  readonly interval?: number | undefined;
  readonly stepsPerEpoch?: number | undefined;
  /**
   * What was decided before, in order, one for each `interval` of steps, after a resume too. Absent
   * where a caller keeps none.
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
  /**
   * What each format costs: how many times faster than in float32 a multiply-accumulate is in it,
   * so that its time relative to float32 is one over that. As reckoned (`defaultFormatSpeedups`,
   * the default), or as measured where the caller has done so. A budget of `theoreticalSpeedup` is
   * reckoned with it.
   */
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
 * Decides at the start of each epoch, or of every so many steps, which layers run in which format.
 * A policy of your own is any object of this type; `checkAssignment` is what its answers have to
 * pass.
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
  /**
   * The probability with which `select` chooses each layer for `context.format` in this decision,
   * for whoever reads the schedule; null where the policy cannot say. Layers that are left out have
   * none. Asked before `select`, with a random source of its own, for estimates: it changes nothing
   * of what `select` will draw.
   */
  probabilities?(context: ScheduleContext): ReadonlyMap<string, number> | null;
}
