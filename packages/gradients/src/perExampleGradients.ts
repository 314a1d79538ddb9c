import * as tf from '@tensorflow/tfjs-core';
import type { LayerMultiplication } from '@dpquant/quantization';

/**
 * What one backward pass leaves of one weight: enough for every example's squared gradient norm and
 * for a weighted sum of the examples' gradients. Holds tensors until disposed.
 */
export interface PerExampleGradients {
  readonly variable: tf.Variable;
  /** For every example an upper bound of the squared norm, rounding included. */
  squaredNorms(): Float64Array;
  /**
   * Σ_i factors[i]·gradient_i, in the shape of the weight. The caller owns it. Only for examples
   * whose gradients are finite: see `withoutExamples`.
   */
  weightedSum(factors: Float32Array): tf.Tensor;
  /** Replaces the gradients of the examples whose entry is 0 by zeros, by selection. */
  keepOnly(keep: Uint8Array): void;
  dispose(): void;
}

/**
 * Gradients of a small weight (a bias, a scale), formed for every example: what is summed is what
 * the norm was taken of.
 *
 * @param gradients [n, …shape of the variable]; owned from now on
 */
export function instantiatedGradients(
  variable: tf.Variable,
  gradients: tf.Tensor,
): PerExampleGradients {
  const n = gradients.shape[0]!;
  let kept = tf.keep(gradients);
  return {
    variable,
    squaredNorms() {
      const values = kept.dataSync<'float32'>();
      const size = n === 0 ? 0 : values.length / n;
      return Float64Array.from({ length: n }, (_, i) => {
        let sum = 0;
        for (let j = i * size; j < (i + 1) * size; j++) sum += values[j]! * values[j]!;
        return sum;
      });
    },
    weightedSum: (factors) =>
      tf.tidy(() => {
        const rows = tf.reshape(kept, [n, variable.size]);
        const sum = tf.matMul(tf.tensor2d(factors, [1, n]), rows as tf.Tensor2D);
        return tf.reshape(sum, variable.shape);
      }),
    keepOnly(keep) {
      kept = replaceKept(kept, keep);
    },
    dispose: () => kept.dispose(),
  };
}

/**
 * Gradients of a weight that multiplies its input: the operands of the products a_iᵀ·dy_i. Nothing
 * the size of the weight is stored for an example.
 *
 * @param multiplication after its backward pass; owned from now on
 */
export function productGradients(
  variable: tf.Variable,
  multiplication: LayerMultiplication,
): PerExampleGradients {
  return {
    variable,
    squaredNorms: () => multiplication.squaredWeightGradientNorms(),
    weightedSum: (factors) => multiplication.clippedWeightGradient(factors),
    keepOnly: (keep) => multiplication.keepExamples(keep),
    dispose: () => multiplication.dispose(),
  };
}

/** `values` with zeros for the examples that are not kept. 0·NaN is NaN, hence a selection. */
function replaceKept(values: tf.Tensor, keep: Uint8Array): tf.Tensor {
  const selected = tf.tidy(() => {
    const condition = tf.tensor(keep, [keep.length, ...values.shape.slice(1).map(() => 1)], 'bool');
    return tf.keep(tf.where(condition, values, tf.zerosLike(values)));
  });
  values.dispose();
  return selected;
}
