import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of the operations.
import { integers } from '../values.mjs';

const sizes = [
  [1, 1],
  [3, 1],
  [4, 4],
  [5, 7],
];
const filters = [
  [1, 1],
  [2, 2],
  [3, 3],
  [3, 1],
  [1, 3],
  [5, 4],
];
const allStrides = [
  [1, 1],
  [2, 2],
  [3, 3],
  [2, 1],
  [1, 3],
];
const explicit = [
  [0, 0],
  [0, 1],
  [2, 0],
  [0, 0],
];
const [images, channels, channelsOut] = [2, 3, 2];

/**
 * One in eleven of all images, filters (larger ones than the image included), strides and paddings,
 * and one in three of those whose windows do not reach the end of the image: more are in the tests
 * of `packages/kernels`.
 */
const grid = sizes
  .flatMap((size) =>
    filters.flatMap((filter) =>
      allStrides.flatMap((strides) =>
        ['same', 'valid', 1, explicit].map((pad) => ({ size, filter, strides, pad })),
      ),
    ),
  )
  .filter((each) => Math.min(...outputShape(each, 1)) > 0)
  .filter((each, i) => i % 11 === 0 || (i % 3 === 0 && leavesPixels(each)));

/** Whether with the padding "same" the last pixels are in no window. */
function leavesPixels({ size, filter, strides, pad }) {
  const used = (axis) => (Math.ceil(size[axis] / strides[axis]) - 1) * strides[axis] + filter[axis];
  return pad === 'same' && [0, 1].some((axis) => used(axis) < size[axis]);
}

function outputShape({ size, filter, strides, pad }, outputs) {
  const shape = [images, ...size, channels];
  return tf.backend_util.computeConv2DInfo(shape, [...filter, channels, outputs], strides, 1, pad)
    .outShape;
}

/** Whole numbers, whose sums are exact. */
const whole = (shape, seed, largest = 5) =>
  tf.tensor(integers(tf.util.sizeFromShape(shape), seed, largest), shape);
const image = ({ size }) => whole([images, ...size, channels], 1);
const filterOf = ({ filter }) => whole([...filter, channels, channelsOut], 2);
/** Ties within a window, and windows in which all is negative. */
const tied = (each) => tf.sub(whole([images, ...each.size, channels], 3, 2), 9);

const hasEqualStrides = ({ strides: [first, second] }) => first === second;

/** Whether each window has pixels of the image: a maximum or a mean of none means nothing. */
function reachesImage({ size, filter, strides, pad }) {
  const { padInfo, outHeight, outWidth } = tf.backend_util.computePool2DInfo(
    [images, ...size, channels],
    ...[filter, strides, 1, pad],
  );
  return [
    [padInfo.top, outHeight],
    [padInfo.left, outWidth],
  ].every(
    ([before, count], axis) =>
      filter[axis] > before && (count - 1) * strides[axis] - before < size[axis],
  );
}

/**
 * Operations: what they take, the operation, and for which places of the grid. Values and gradients
 * follow.
 */
const operations = {
  conv2d: {
    inputs: (each) => [image(each), filterOf(each)],
    run:
      ({ strides, pad }) =>
      (x, w) =>
        tf.conv2d(x, w, strides, pad),
  },
  'fused conv2d': {
    inputs: (each) => [image(each), filterOf(each), whole([channelsOut], 4)],
    run:
      ({ strides, pad }) =>
      (x, filter, bias) =>
        tf.fused.conv2d({ x, filter, bias, strides, pad, activation: 'relu' }),
    takes: ({ pad }) => typeof pad !== 'object',
  },
  depthwiseConv2d: {
    inputs: (each) => [image(each), filterOf(each)],
    run:
      ({ strides, pad }) =>
      (x, w) =>
        tf.depthwiseConv2d(x, w, strides, pad),
    // Of depthwise convolutions only equal strides have gradients everywhere.
    takes: hasEqualStrides,
  },
  'fused depthwiseConv2d': {
    inputs: (each) => [image(each), filterOf(each), whole([channels * channelsOut], 4)],
    run:
      ({ strides, pad }) =>
      (x, filter, bias) =>
        tf.fused.depthwiseConv2d({ x, filter, bias, strides, pad, activation: 'relu' }),
    takes: (each) => hasEqualStrides(each) && typeof each.pad !== 'object',
  },
  separableConv2d: {
    inputs: (each) => [image(each), filterOf(each), whole([1, 1, channels * channelsOut, 2], 5)],
    run:
      ({ strides, pad }) =>
      (x, depthwise, pointwise) =>
        tf.separableConv2d(x, depthwise, pointwise, strides, pad),
    takes: (each) => hasEqualStrides(each) && typeof each.pad === 'string',
  },
  conv1d: {
    inputs: ({ size, filter }) => [
      whole([images, size[0], channels], 1),
      whole([filter[0], channels, channelsOut], 2),
    ],
    run:
      ({ strides, pad }) =>
      (x, w) =>
        tf.conv1d(x, w, strides[0], pad),
    takes: ({ pad, filter, size }) =>
      typeof pad === 'string' && (pad === 'same' || filter[0] <= size[0]),
  },
  conv2dTranspose: {
    inputs: (each) => [whole(outputShape(each, channelsOut), 1), filterOf(each)],
    run:
      ({ size, strides, pad }) =>
      (x, w) =>
        tf.conv2dTranspose(x, w, [images, ...size, channels], strides, pad),
  },
  avgPool: {
    inputs: (each) => [image(each)],
    run:
      ({ filter, strides, pad }) =>
      (x) =>
        tf.avgPool(x, filter, strides, pad),
    takes: reachesImage,
    agreement: { relative: 1e-6 },
    // TensorFlow.js's gradient divides by the whole window at the border too.
    unsupported: { node: 'its gradient divides by what lies in the image' },
  },
  maxPool: {
    inputs: (each) => [tied(each)],
    run:
      ({ filter, strides, pad }) =>
      (x) =>
        tf.maxPool(x, filter, strides, pad),
    takes: reachesImage,
  },
};

function windowCase(
  name,
  { inputs, run, takes = () => true, agreement = 'identical', unsupported },
) {
  return {
    group: 'operations',
    name: `${name}, values and gradients over a grid of windows`,
    agreement,
    ...(unsupported ? { unsupported: { ...unsupported, 'node-gpu': unsupported.node } } : {}),
    async compute() {
      const lists = {};
      for (const each of grid.filter(takes)) {
        const tensors = tf.tidy(() => inputs(each));
        const { value, grads } = tf.tidy(() => {
          const output = run(each)(...tensors);
          const dy = whole(output.shape, 7);
          return { value: output, grads: tf.grads(run(each))(tensors, dy) };
        });
        const values = await Promise.all([value, ...grads].map((tensor) => tensor.data()));
        tf.dispose([tensors, value, grads]);
        values.forEach((list, i) =>
          (lists[i === 0 ? 'values' : `gradient ${i - 1}`] ??= []).push(list),
        );
      }
      return Object.fromEntries(
        Object.entries(lists).map(([what, parts]) => [what, parts.flatMap((part) => [...part])]),
      );
    },
  };
}

/** Convolutions and pooling wherever windows may lie: kernels go wrong at the borders. */
export const windowCases = Object.entries(operations).map(([name, operation]) =>
  windowCase(name, operation),
);
