import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '@dpquant/operations';

/** One way to lay windows over an image. */
export interface WindowCase {
  readonly size: [number, number];
  readonly window: [number, number];
  readonly strides: [number, number];
  readonly pad: WindowAttributes['pad'];
  readonly dilation: number;
}

const sizes: [number, number][] = [
  [1, 1],
  [1, 7],
  [3, 1],
  [3, 3],
  [4, 4],
  [5, 2],
  [8, 6],
];
const windows: [number, number][] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [3, 1],
  [1, 3],
  [4, 2],
  [5, 5],
];
const allStrides: [number, number][] = [
  [1, 1],
  [2, 2],
  [3, 3],
  [2, 1],
  [1, 3],
  [4, 4],
];
const pads: WindowAttributes['pad'][] = [
  'same',
  'valid',
  1,
  2,
  [
    [0, 0],
    [0, 2],
    [3, 0],
    [0, 0],
  ],
];

/**
 * Every third of all images, windows (larger ones than the image included), strides, paddings and
 * dilations; some outputs are empty.
 */
export const windowGrid: readonly WindowCase[] = sizes
  .flatMap((size) =>
    windows.flatMap((window) =>
      allStrides.flatMap((strides) =>
        pads.flatMap((pad) =>
          [1, 2].map((dilation): WindowCase => ({ size, window, strides, pad, dilation })),
        ),
      ),
    ),
  )
  .filter(isPossible)
  .filter((_, i) => i % 3 === 0);

/**
 * TensorFlow.js allows strides or dilations, not both; an output may be empty, but its size must
 * not be negative.
 */
function isPossible(each: WindowCase): boolean {
  const { strides, dilation } = each;
  if (dilation > 1 && Math.max(...strides) > 1) return false;
  return Math.min(...outputShape(each, 1, 1)) >= 0;
}

/** [2, height, width, channels]. */
export function imageShape({ size }: WindowCase, channels: number): Shape4D {
  return [2, ...size, channels];
}

export function outputShape(each: WindowCase, channels: number, channelsOut: number): Shape4D {
  const { window, strides, pad, dilation } = each;
  return tf.backend_util.computeConv2DInfo(
    imageShape(each, channels),
    [...window, channels, channelsOut],
    strides,
    dilation,
    pad,
  ).outShape;
}
