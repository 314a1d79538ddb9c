import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../values.mjs';
import { exact, exactWithoutGradient, near, operation } from './operation.mjs';

const positive = (shape, seed) => ({
  shape,
  values: normal(tf.util.sizeFromShape(shape), seed).map((x) => Math.abs(x) + 0.1),
});
/** Element by element. */
export const elementwise = [
  operation('add, broadcast', [[3, 4, 5], [5]], tf.add),
  operation(
    'sub, broadcast',
    [
      [3, 4, 5],
      [3, 1, 1],
    ],
    tf.sub,
  ),
  operation(
    'mul, broadcast',
    [
      [3, 4, 5],
      [4, 1],
    ],
    tf.mul,
  ),
  operation('div', [[3, 7], positive([3, 7], 2)], tf.div, near),
  operation(
    'addN',
    [
      [3, 5],
      [3, 5],
      [3, 5],
    ],
    (...tensors) => tf.addN(tensors),
  ),
  operation('maximum', [[40], [40]], tf.maximum),
  operation('minimum', [[40], [40]], tf.minimum),
  operation('neg', [[40]], tf.neg, exact),
  operation('abs', [[40]], tf.abs, exact),
  operation('sign', [[40]], tf.sign, exact),
  operation('square', [[40]], tf.square),
  operation('sqrt', [positive([40], 1)], tf.sqrt, near),
  operation('rsqrt', [positive([40], 1)], tf.rsqrt, near),
  operation('exp', [[40]], tf.exp, near),
  operation('log', [positive([40], 1)], tf.log, near),
  operation('log1p', [positive([40], 1)], tf.log1p, near),
  operation('pow', [positive([40], 1), [40]], tf.pow, near),
  operation('tanh', [[40]], tf.tanh, near),
  operation('sigmoid', [[40]], tf.sigmoid, near),
  operation('softplus', [[40]], tf.softplus, near),
  operation('relu', [[40]], tf.relu, exact),
  operation('relu6', [[40]], tf.relu6, exact),
  operation('leakyRelu', [[40]], (x) => tf.leakyRelu(x, 0.3)),
  operation('elu', [[40]], tf.elu, near),
  operation('selu', [[40]], tf.selu, near),
  operation(
    'prelu',
    [
      [3, 4, 5],
      [4, 5],
    ],
    tf.prelu,
  ),
  operation('clipByValue', [[40]], (x) => tf.clipByValue(x, -0.5, 0.7), exact),
  operation('step', [[40]], (x) => tf.step(x), exactWithoutGradient),
  operation('floor', [[40]], tf.floor, exactWithoutGradient),
  operation(
    'round, ties included',
    [{ shape: [8], values: [0.5, 1.5, 2.5, -0.5, -1.5, 3.49, 7, -2.51] }],
    tf.round,
    exactWithoutGradient,
  ),
  operation(
    'comparisons',
    [[60], [60]],
    (a, b) =>
      tf.stack(
        [
          tf.greater(a, b),
          tf.greaterEqual(a, b),
          tf.less(a, b),
          tf.lessEqual(a, b),
          tf.equal(a, a),
          tf.notEqual(a, b),
          tf.logicalAnd(tf.greater(a, b), tf.less(a, 1)),
          tf.logicalNot(tf.greater(a, b)),
        ].map((x) => tf.cast(x, 'float32')),
      ),
    exactWithoutGradient,
  ),
  operation(
    'isFinite',
    [{ shape: [5], values: [1, NaN, Infinity, -Infinity, -3e38] }],
    (x) => tf.cast(tf.isFinite(x), 'float32'),
    exactWithoutGradient,
  ),
  operation(
    'where, with NaN where it is not chosen',
    [{ shape: [2, 4], values: [1, NaN, 3, Infinity, 5, 6, NaN, 8] }, [2, 4]],
    (x, y) =>
      tf.where(
        tf.tensor2d(
          [
            [1, 0, 1, 0],
            [1, 1, 0, 1],
          ],
          [2, 4],
          'bool',
        ),
        x,
        y,
      ),
    exactWithoutGradient,
  ),
  operation(
    'where',
    [
      [3, 4],
      [3, 4],
    ],
    (x, y) => tf.where(tf.tensor2d([1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1], [3, 4], 'bool'), x, y),
    exact,
  ),
  operation('cast to int32', [[40]], (x) => tf.cast(tf.mul(x, 10), 'int32'), exactWithoutGradient),
];
