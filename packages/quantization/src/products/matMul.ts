import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct } from './linearProduct.ts';
import { applyScales, combineScales, foldFactors } from './scales.ts';
import { squaredGradientNormBound } from './squaredNorms.ts';

/**
 * y = a·w over the last axis: a [n, …, p], w [p, d], y and dy [n, …, d]. The axes between are
 * positions, each of which uses the weights once.
 */
export const matMulProduct: LinearProduct = {
  forward(a, w) {
    return tf.tidy(() => {
      const [p, d] = w.codes.shape as [number, number];
      const y = tf.matMul(tf.reshape(a.codes, [-1, p]), w.codes as tf.Tensor2D);
      return applyScales(tf.reshape(y, [...a.codes.shape.slice(0, -1), d]), a, w);
    });
  },

  inputGradient(dy, w) {
    return tf.tidy(() => {
      const [p, d] = w.codes.shape as [number, number];
      const dx = tf.matMul(tf.reshape(dy.codes, [-1, d]), w.codes as tf.Tensor2D, false, true);
      return applyScales(tf.reshape(dx, [...dy.codes.shape.slice(0, -1), p]), dy, w);
    });
  },

  squaredWeightGradientNorms(a, dy) {
    const n = a.codes.shape[0]!;
    const p = a.codes.shape.at(-1)!;
    const d = dy.codes.shape.at(-1)!;
    const positions = a.codes.size / (n * p);
    const aData = Float64Array.from(a.codes.dataSync());
    const dyData = Float64Array.from(dy.codes.dataSync());
    const scales = combineScales(a.scales, dy.scales, n);
    return Float64Array.from({ length: n }, (_, i) => {
      const squared = squaredGradientNormBound(
        aData.subarray(i * positions * p, (i + 1) * positions * p),
        dyData.subarray(i * positions * d, (i + 1) * positions * d),
        positions,
        p,
        d,
      );
      return squared * scales[i]! ** 2;
    });
  },

  clippedWeightGradient(a, dy, factors) {
    return tf.tidy(() => {
      const p = a.codes.shape.at(-1)!;
      const d = dy.codes.shape.at(-1)!;
      const weighted = foldFactors(dy, a.scales, factors);
      return tf.matMul(tf.reshape(a.codes, [-1, p]), tf.reshape(weighted, [-1, d]), true, false);
    });
  },
};
