import * as tf from '@tensorflow/tfjs-core';
import { integers } from '../values.mjs';
import { exact, exactWithoutGradient, operation } from './operation.mjs';

/** What moves values about. */
export const shapes = [
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
