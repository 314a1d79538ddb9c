import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of the operations.
import { valuesOf } from '../conformanceCase.mjs';
import { integers, normal } from './values.mjs';

/** Operations that float32 rounds once or twice, and long sums. */
const relative = 1e-6;
/** Those that a graphics processor may compute by an approximation: WGSL allows a few units in the last place. */
const approximated = 1e-5;

/**
 * An operation and, where it has any, its gradients with respect to all inputs, for a random gradient of the output.
 *
 * @param inputs shapes of normal values, or {shape, values}
 */
function operation(name, inputs, run, { agreement = { relative }, hasGradient = true } = {}) {
  return {
    group: 'operations',
    name,
    agreement,
    async compute() {
      const tensors = inputs.map((input, i) => tensorOf(input, i + 1));
      const output = hasGradient
        ? withGradients(run, tensors)
        : { output: tf.tidy(() => run(...tensors)) };
      tf.dispose(tensors);
      return valuesOf(output);
    },
  };
}

function tensorOf(input, seed) {
  const { shape, values, dtype } = Array.isArray(input) ? { shape: input } : input;
  return tf.tensor(values ?? normal(tf.util.sizeFromShape(shape), seed), shape, dtype);
}

function withGradients(run, tensors) {
  return tf.tidy(() => {
    const output = run(...tensors);
    const dy = tf.tensor(normal(output.size, 99), output.shape);
    const gradients = tf.grads(run)(tensors, dy);
    return {
      output,
      ...Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient])),
    };
  });
}

const positive = (shape, seed) => ({
  shape,
  values: normal(tf.util.sizeFromShape(shape), seed).map((x) => Math.abs(x) + 0.1),
});
const exact = { agreement: 'identical' };
const exactWithoutGradient = { ...exact, hasGradient: false };
const near = { agreement: { relative: approximated } };

const elementwise = [
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

const reductions = [
  operation('sum', [[3, 50, 7]], (x) => tf.sum(x, 1)),
  operation('sum of all', [[3, 50, 7]], (x) => tf.sum(x)),
  operation('mean', [[3, 6, 7, 4]], (x) => tf.mean(x, [1, 2], true)),
  operation('max', [[6, 9]], (x) => tf.max(x, 1), exact),
  operation('min', [[6, 9]], (x) => tf.min(x, 1), exact),
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

const shapes = [
  operation('reshape', [[3, 8]], (x) => tf.reshape(x, [2, 3, 4]), exact),
  operation('expandDims and squeeze', [[3, 8]], (x) => tf.squeeze(tf.expandDims(x, 1)), exact),
  operation('transpose', [[3, 4, 5, 2]], (x) => tf.transpose(x, [2, 0, 3, 1]), exact),
  operation('slice', [[5, 6, 3]], (x) => tf.slice(x, [1, 2, 0], [3, 2, 2]), exact),
  operation(
    'stridedSlice',
    [[5, 6]],
    (x) => tf.stridedSlice(x, [0, 1], [5, 6], [2, 3]),
    exactWithoutGradient,
  ),
  operation(
    'concat',
    [
      [3, 4],
      [3, 2],
    ],
    (a, b) => tf.concat([a, b], 1),
    exact,
  ),
  operation(
    'stack',
    [
      [3, 4],
      [3, 4],
    ],
    (a, b) => tf.stack([a, b], 1),
    exact,
  ),
  operation('unstack', [[3, 4]], (x) => tf.unstack(x, 1)[2], exact),
  operation('split', [[4, 6]], (x) => tf.split(x, 3, 1)[1], exact),
  operation('tile', [[3, 4]], (x) => tf.tile(x, [2, 3])),
  operation(
    'pad',
    [[3, 4, 5, 2]],
    (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [0, 1],
        [0, 0],
      ]),
    exact,
  ),
  operation('reverse', [[3, 4, 5]], (x) => tf.reverse(x, [0, 2]), exact),
  operation('broadcastTo', [[3, 1]], (x) => tf.broadcastTo(x, [3, 7])),
  operation('gather', [[6, 3]], (x) => tf.gather(x, tf.tensor1d([5, 0, 0, 2], 'int32')), exact),
  operation(
    'oneHot',
    [{ shape: [5], values: [0, 3, 1, 3, 2], dtype: 'int32' }],
    (x) => tf.oneHot(x, 4),
    exactWithoutGradient,
  ),
  operation(
    'fill, zerosLike, onesLike',
    [[3, 2]],
    (x) => tf.stack([tf.fill([3, 2], 2.5), tf.zerosLike(x), tf.onesLike(x)]),
    exactWithoutGradient,
  ),
  operation(
    'unsortedSegmentSum',
    [{ shape: [7, 3], values: integers(21, 4, 11) }],
    (x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 3, 3, 1, 0, 4, 1], 'int32'), 5),
    exact,
  ),
];

const transposes = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
];
const turned = ([rows, columns], isTurned) => (isTurned ? [columns, rows] : [rows, columns]);
const matrixProducts = transposes.flatMap(([a, b]) => [
  operation(
    `matMul, transposed ${a} and ${b}`,
    [turned([19, 33], a), turned([33, 21], b)],
    (x, y) => tf.matMul(x, y, a, b),
  ),
  operation(
    `batched matMul, transposed ${a} and ${b}`,
    [
      [3, ...turned([6, 9], a)],
      [3, ...turned([9, 5], b)],
    ],
    (x, y) => tf.matMul(x, y, a, b),
  ),
]);

const convolutions = [
  [[2, 7, 8, 3], [3, 3, 3, 4], [1, 1], 'same'],
  [[2, 8, 7, 3], [4, 2, 3, 4], [2, 2], 'same'],
  [[2, 8, 8, 3], [3, 3, 3, 4], [3, 2], 'valid'],
  [[1, 5, 5, 5], [1, 1, 5, 2], [2, 2], 'valid'],
];
const named = (kind, filter, strides, pad) =>
  `${kind} ${filter.slice(0, 2).join('×')}, strides ${strides}, ${pad}`;
const windows = convolutions.flatMap(([input, filter, strides, pad]) => [
  operation(named('conv2d', filter, strides, pad), [input, filter], (x, w) =>
    tf.conv2d(x, w, strides, pad),
  ),
  operation(
    named('conv2dTranspose', filter, strides, pad),
    [outputShape(input, filter, strides, pad), filter],
    (x, w) => tf.conv2dTranspose(x, w, input, strides, pad),
  ),
  // Of depthwise convolutions only equal strides have gradients everywhere.
  operation(
    named('depthwiseConv2d', filter, strides[0], pad),
    [input, [...filter.slice(0, 3), 2]],
    (x, w) => tf.depthwiseConv2d(x, w, strides[0], pad),
  ),
]);

function outputShape(input, filter, strides, pad) {
  return tf.backend_util.computeConv2DInfo(input, filter, strides, 1, pad).outShape;
}

/** Ties within a window, and windows in which all is negative: where kernels go wrong. */
const tied = (shape) => ({
  shape,
  values: integers(tf.util.sizeFromShape(shape), 5, 2).map((x) => x - 20),
});
const pools = [
  [[2, 6, 7, 3], 2, 2, 'valid'],
  [[2, 6, 7, 3], 3, 1, 'same'],
  [[1, 5, 5, 2], 3, 2, 'same'],
].flatMap(([shape, size, strides, pad]) => [
  operation(`maxPool ${size}, strides ${strides}, ${pad}`, [shape], (x) =>
    tf.maxPool(x, size, strides, pad),
  ),
  operation(`maxPool ${size}, strides ${strides}, ${pad}, negative ties`, [tied(shape)], (x) =>
    tf.maxPool(x, size, strides, pad),
  ),
  // TensorFlow.js's gradient divides by the whole window at the border too, but for its native library.
  operation(
    `avgPool ${size}, strides ${strides}, ${pad}`,
    [shape],
    (x) => tf.avgPool(x, size, strides, pad),
    {
      hasGradient: pad === 'valid',
    },
  ),
]);

const fused = [
  operation('fused matMul with bias and activation', [[4, 5], [5, 3], [3]], (a, b, bias) =>
    tf.fused.matMul({ a, b, bias, activation: 'relu' }),
  ),
  operation(
    'fused conv2d with bias and activation',
    [[2, 6, 6, 2], [3, 3, 2, 4], [4]],
    (x, filter, bias) =>
      tf.fused.conv2d({ x, filter, bias, strides: 1, pad: 'same', activation: 'relu' }),
  ),
];

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const operationCases = [
  ...elementwise,
  ...reductions,
  ...shapes,
  ...matrixProducts,
  ...windows,
  ...pools,
  ...fused,
];
