import type * as tf from '@tensorflow/tfjs-core';

/**
 * State of an optimizer, by slot: one array per weight, or a single array with one value that all
 * weights share, such as a number of steps.
 */
export type OptimizerState = ReadonlyMap<string, readonly Float32Array[]>;

/** Public facts about the released mean gradient of a step. */
export interface ReleasedStep {
  /** Number of the step, from 0. */
  readonly step: number;
  /** Standard deviation of the noise in each value of the mean: σ·C/B, and 0 without noise. */
  readonly noiseDeviation: number;
}

/**
 * Updates weights by a private mean gradient. Everything computed from released gradients alone is
 * post-processing and costs no privacy.
 */
export interface Optimizer {
  readonly name: string;
  /**
   * Takes one step.
   *
   * @param variables the trainable weights, always the same in the same order
   * @param mean released mean gradient of each, by variable name
   * @throws Error for a weight without a gradient of its size, a state of other weights, or an
   *   invalid learning rate; then nothing is changed
   */
  apply(
    variables: readonly tf.Variable[],
    mean: ReadonlyMap<string, Float32Array>,
    release: ReleasedStep,
  ): void;
  /** A copy of the state. */
  state(): OptimizerState;
  /**
   * Continues from what `state` returned.
   *
   * @throws Error when a slot is missing: the state belongs to another optimizer
   */
  restore(state: OptimizerState): void;
}
