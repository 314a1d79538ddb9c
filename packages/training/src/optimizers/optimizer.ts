import type * as tf from '@tensorflow/tfjs-core';

/**
 * Values that an optimizer keeps between steps, by slot: one array per weight, or a single array of
 * one value for what the weights share, such as a number of steps.
 */
export type OptimizerState = ReadonlyMap<string, readonly Float32Array[]>;

/** What is public about the released mean gradient that a step is taken with. */
export interface ReleasedStep {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Standard deviation of the noise in each value of the mean: σ·C/B, and 0 without noise. */
  readonly noiseDeviation: number;
}

/**
 * Changes weights by a private mean gradient. Whatever an optimizer computes from released
 * gradients is post-processing and costs no privacy.
 */
export interface Optimizer {
  readonly name: string;
  /**
   * Takes one step.
   *
   * @param variables the trainable weights, always the same in the same order
   * @param mean released mean gradient of each, by variable name
   * @throws Error for a weight without a gradient of its size, a state of other weights, or a
   *   learning rate that cannot be; then nothing is changed
   */
  apply(
    variables: readonly tf.Variable[],
    mean: ReadonlyMap<string, Float32Array>,
    release: ReleasedStep,
  ): void;
  /** Copies of what it keeps. */
  state(): OptimizerState;
  /**
   * Continues from what `state` returned.
   *
   * @throws Error when a slot is missing: the state belongs to another optimizer
   */
  restore(state: OptimizerState): void;
}
