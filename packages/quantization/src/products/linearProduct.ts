import type * as tf from '@tensorflow/tfjs-core';
import type { Operand, ReadOperand } from '../operand.ts';
import type { NormMethod } from './squaredNorms.ts';

/**
 * A product that is linear in its input and in its weights, with what private training needs of it.
 * Examples are on the first axis of `a` (inputs) and `dy` (gradients with respect to the output).
 */
export interface LinearProduct {
  /** The output of every example. The caller owns it. */
  forward(a: Operand, w: Operand): tf.Tensor;
  /** Gradient with respect to the input. The caller owns it. */
  inputGradient(dy: Operand, w: Operand): tf.Tensor;
  /**
   * For every example an upper bound of ‖∂L_i/∂w‖²: the squared norm, in float64, of exactly the
   * product that `clippedWeightGradient` sums, enlarged by a bound of that sum's float32 rounding.
   * Not finite where an operand is not.
   */
  squaredWeightGradientNorms(
    a: ReadOperand,
    dy: ReadOperand,
    method?: NormMethod,
  ): Promise<Float64Array>;
  /** Σ_i factors[i]·∂L_i/∂w, without storing per-example gradients. The caller owns it. */
  clippedWeightGradient(a: ReadOperand, dy: ReadOperand, factors: Float32Array): tf.Tensor;
  /**
   * Inputs and output gradients as the weight sees them: the weight gradient of an example is the
   * matrix product inputsᵀ·outputGradients, as [p, d], in the order of the weight's elements.
   */
  unfold(x: tf.Tensor, dy: tf.Tensor): UnfoldedOperands;
}

/** The caller owns both. */
export interface UnfoldedOperands {
  /** [n, positions, p] */
  readonly inputs: tf.Tensor3D;
  /** [n, positions, d] */
  readonly outputGradients: tf.Tensor3D;
  /** Whether the weight's elements are in the order of [d, p] instead. */
  readonly isTransposed: boolean;
}
