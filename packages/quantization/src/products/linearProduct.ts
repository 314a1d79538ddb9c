import type * as tf from '@tensorflow/tfjs-core';
import type { Operand, ReadOperand } from '../operand.ts';
import type { NormMethod } from './squaredNorms.ts';

/**
 * A product that is linear in its input and in its weights, with the operations that private
 * training needs. The first axis of `a` (inputs) and `dy` (gradients with respect to the output)
 * counts examples.
 */
export interface LinearProduct {
  /** The output of every example. The caller owns it. */
  forward(a: Operand, w: Operand): tf.Tensor;
  /** Gradient with respect to the input. The caller owns it. */
  inputGradient(dy: Operand, w: Operand): tf.Tensor;
  /**
   * For every example an upper bound of ‖g_i‖², where g_i is the gradient ∂L_i/∂w in the same
   * float32 values that `roundedWeightGradient` rounds and sums. Not finite if an operand is not,
   * or if operands are so long that float32 could overflow: leave such an example out.
   */
  squaredWeightGradientNorms(
    a: ReadOperand,
    dy: ReadOperand,
    method?: NormMethod,
  ): Promise<Float64Array>;
  /**
   * Σ_i rint(fl(factors[i]·g_i)), in the order of the weight's elements: whole numbers, whose sum
   * is exact. An example's contribution depends only on that example and its factor, bit for bit.
   * With factor 0 it is nothing, whatever its values are.
   *
   * @param factors such that |factors[i]·g_i| stays within 2²² and sums below 2³¹: those computed
   *   from `squaredWeightGradientNorms` with `gridFactors` of `@dpquant/mechanisms` Σ_i
   *   factors[i]·∂L_i/∂w in float32, without storing per-example gradients. For training without
   *   privacy only, since the effect of one example is not bounded exactly. The caller owns it.
   */
  roundedWeightGradient(
    a: ReadOperand,
    dy: ReadOperand,
    factors: Float32Array,
  ): Promise<Int32Array>;
  /**
   * Σ_i factors[i]·∂L_i/∂w in float32, without storing per-example gradients: for training without
   * privacy, since the effect of one example is not bounded exactly. The caller owns it.
   */
  clippedWeightGradient(a: ReadOperand, dy: ReadOperand, factors: Float32Array): tf.Tensor;
  /**
   * Inputs and output gradients as matrices: the weight gradient of an example is the matrix
   * product inputsᵀ·outputGradients, as [p, d], in the order of the weight's elements.
   */
  unfold(x: tf.Tensor, dy: tf.Tensor): UnfoldedOperands;
}

/** The caller owns both. */
export interface UnfoldedOperands {
  /** [n, positions, p] */
  readonly inputs: tf.Tensor3D;
  /** [n, positions, d] */
  readonly outputGradients: tf.Tensor3D;
  /** Whether the weight's elements are in [d, p] order instead. */
  readonly isTransposed: boolean;
}
