import type * as tf from '@tensorflow/tfjs-core';
import type { Operand } from '../operand.ts';

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
  squaredWeightGradientNorms(a: Operand, dy: Operand): Float64Array;
  /** Σ_i factors[i]·∂L_i/∂w, without storing per-example gradients. The caller owns it. */
  clippedWeightGradient(a: Operand, dy: Operand, factors: Float32Array): tf.Tensor;
  /**
   * Inputs [n, positions, p] and outputs [n, positions, d] as the weight sees them: the product is a
   * matrix product of these with the weight as [p, d]. The caller owns them.
   */
  unfoldInput(x: tf.Tensor): tf.Tensor3D;
  unfoldOutput(y: tf.Tensor): tf.Tensor3D;
}
