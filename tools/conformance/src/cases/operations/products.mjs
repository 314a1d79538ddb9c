import * as tf from '@tensorflow/tfjs-core';
import { integers } from '../values.mjs';
import { operation } from './operation.mjs';

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
  // TensorFlow.js's gradient divides by the whole window at the border too, but for its native
  // library.
  operation(
    `avgPool ${size}, strides ${strides}, ${pad}`,
    [shape],
    (x) => tf.avgPool(x, size, strides, pad),
    {
      hasGradient: pad === 'valid',
    },
  ),
]);

const argmax = {
  ...operation(
    'maxPoolWithArgmax, negative ties',
    [tied([2, 5, 5, 3])],
    (x) => {
      const { result, indexes } = tf.maxPoolWithArgmax(x, 3, 2, 'same', true);
      return tf.stack([result, tf.cast(indexes, 'float32')]);
    },
    { agreement: 'identical', hasGradient: false },
  ),
  unsupported: { webgpu: 'its kernel takes the last of equals' },
};

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

/** Matrix products, convolutions and pooling. */
export const products = [...matrixProducts, ...windows, ...pools, argmax, ...fused];
