import * as tf from '@tensorflow/tfjs-core';
import { weightOf, type LayerRule } from './layerRule.ts';

/** PReLU: x if x > 0, else alpha·x; alpha may be shared along axes. */
export const preluRule: LayerRule = {
  className: 'PReLU',

  call(layer, x, pass) {
    const alpha = weightOf(layer, 'alpha')!;
    // Axes of x along which alpha is shared. Axis 0 of x counts the examples, which alpha lacks.
    const shared = alpha.shape.flatMap((size, i) => (size === x.shape[i + 1] ? [] : [i + 1]));
    return pass.weighted(x, alpha, (input, keep) => {
      const kept = keep(tf.clone(input));
      return {
        value: tf.prelu(input, alpha),
        backward(dy) {
          const isPositive = tf.greater(kept, 0);
          const byAlpha = tf.where(isPositive, tf.zerosLike(dy), tf.mul(dy, kept));
          return {
            dx: tf.where(isPositive, dy, tf.mul(dy, alpha)),
            gradients: shared.length > 0 ? tf.sum(byAlpha, shared, true) : byAlpha,
          };
        },
      };
    });
  },
};
