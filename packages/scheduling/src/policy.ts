import type { ComputeBudget } from './computeBudget.ts';

/** A layer that can run in low precision, with the properties that a policy may use. */
export interface ScheduledLayer {
  readonly name: string;
  /** Number of trainable weights. */
  readonly parameters: number;
  /** Multiply-accumulates of one example's forward pass. */
  readonly multiplyAccumulates: number;
}

/**
 * Everything a policy may use to decide. All of it is public or already private, so a decision
 * costs no privacy.
 */
export interface ScheduleContext {
  /** Epoch of the decision's first step, from 0. */
  readonly epoch: number;
  /**
   * Epochs of the whole run. This and the next four are left out if the caller does not know them.
   */
  readonly epochs?: number | undefined;
  /** First step of the decision, from 0 over the whole run. */
  readonly step?: number | undefined;
  /** Steps of the whole run. */
  readonly steps?: number | undefined;
  /** Steps between decisions. Default: those of an epoch. */
  readonly interval?: number | undefined;
  readonly stepsPerEpoch?: number | undefined;
  /**
   * Earlier decisions, in order, one per `interval` of steps, including those before a resume. Left
   * out if the caller does not keep them.
   */
  readonly earlier?: readonly LayerAssignment[] | undefined;
  readonly layers: readonly ScheduledLayer[];
  readonly budget: ComputeBudget;
  /** Name of the run's low-precision format, for example `luq-fp4`. */
  readonly format: string;
  /**
   * Format of the layers that are not chosen for `format`, for example `fp8-e4m3` for the sensitive
   * layers of a run in `luq-fp4`. Default float32.
   */
  readonly otherFormat?: string | undefined;
  /**
   * Speed-up of each format's multiply-accumulates over float32. Default: the assumed
   * `defaultFormatSpeedups`; a caller may give measured ones. A budget of `theoreticalSpeedup` uses
   * them.
   */
  readonly formatSpeedups?: ReadonlyMap<string, number> | undefined;
  /**
   * Smoothed private estimate of the loss increase that quantizing each layer causes, by layer
   * name; left out before the first analysis and in runs without analyses.
   */
  readonly lossImpacts?: ReadonlyMap<string, number> | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Layer name → format name. Layers that are left out run in float32. */
export type LayerAssignment = ReadonlyMap<string, string>;

/**
 * Decides at the start of each epoch, or at an interval of steps, which layers run in which format.
 * Any object of this type is a policy; `checkAssignment` checks its decisions.
 *
 * A policy that uses private data in any other way than through `lossImpacts` breaks the privacy
 * guarantee.
 */
export interface SchedulePolicy {
  readonly name: string;
  /**
   * Whether it needs `lossImpacts`: the run then makes private analyses, charged to the same
   * privacy budget. Default false.
   */
  readonly usesLossImpacts?: boolean;
  select(context: ScheduleContext): LayerAssignment;
  /**
   * The probability with which `select` chooses each layer for `context.format` in this decision,
   * for the record; null if unknown. Layers that are left out have probability 0. Called before
   * `select`, with its own random source, so it does not change what `select` draws.
   */
  probabilities?(context: ScheduleContext): ReadonlyMap<string, number> | null;
}
