import * as tf from '@tensorflow/tfjs-core';
import { exact, exactWithoutGradient, near, operation } from './operation.mjs';

/** Over an axis or all of them. */
export const reductions = [
  operation('sum', [[3, 50, 7]], (x) => tf.sum(x, 1)),
  operation('sum of all', [[3, 50, 7]], (x) => tf.sum(x)),
  operation('mean', [[3, 6, 7, 4]], (x) => tf.mean(x, [1, 2], true)),
  operation('max', [[6, 9]], (x) => tf.max(x, 1), exact),
  operation('min', [[6, 9]], (x) => tf.min(x, 1), exact),
  operation('prod', [[6, 9]], (x) => tf.prod(x, 1), { hasGradient: false }),
  operation('argMax', [[6, 9]], (x) => tf.argMax(x, 1), exactWithoutGradient),
  operation(
    'all',
    [[6, 9]],
    (x) => tf.cast(tf.all(tf.greater(x, -1), 1), 'float32'),
    exactWithoutGradient,
  ),
  operation(
    'any',
    [[6, 9]],
    (x) => tf.cast(tf.any(tf.greater(x, 1.5), 1), 'float32'),
    exactWithoutGradient,
  ),
  operation('softmax', [[6, 9]], (x) => tf.softmax(x), near),
  operation('logSoftmax', [[6, 9]], (x) => tf.logSoftmax(x), near),
  operation('logSumExp', [[6, 9]], (x) => tf.logSumExp(x, -1), near),
];
