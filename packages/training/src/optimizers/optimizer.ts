import type * as tf from '@tensorflow/tfjs-core';

/** Values that an optimizer keeps for each weight between steps, by slot and weight number. */
export type OptimizerState = ReadonlyMap<string, readonly Float32Array[]>;

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
   */
  apply(variables: readonly tf.Variable[], mean: ReadonlyMap<string, Float32Array>): void;
  /** Copies of what it keeps. */
  state(): OptimizerState;
  restore(state: OptimizerState): void;
}
