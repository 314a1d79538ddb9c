import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '../windows.ts';

interface Attributes extends WindowAttributes {
  readonly inputShape: Shape4D;
}

/**
 * The input gradient, for which the WASM backend's own kernel is about ten times slower than its
 * convolution, as a convolution: the output gradient, spread by the stride, with the filter turned
 * by half a turn and its channels swapped.
 */
export function conv2dBackpropInput(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  attributes: Attributes,
): tf.Tensor {
  const { strides, pad, dimRoundingMode, inputShape } = attributes;
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filter.shape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { padInfo, filterHeight, filterWidth } = info;
  return tf.tidy(() => {
    const spread = spreadByStride(dy, info.strideHeight, info.strideWidth);
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    const top = filterHeight - 1 - padInfo.top;
    const left = filterWidth - 1 - padInfo.left;
    const bottom = info.inHeight - 1 + filterHeight - top - spread.shape[1];
    const right = info.inWidth - 1 + filterWidth - left - spread.shape[2];
    return tf.conv2d(spread, turned, 1, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]);
  });
}

/** Puts stride − 1 zeros between neighbouring pixels. */
function spreadByStride(dy: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  if (strideHeight === 1 && strideWidth === 1) return dy;
  const [n, height, width, channels] = dy.shape;
  const padded = tf.pad(tf.reshape(dy, [n * height, 1, width, channels]), [
    [0, 0],
    [0, strideHeight - 1],
    [0, 0],
    [0, channels * (strideWidth - 1)],
  ]);
  const shape: Shape4D = [n, height * strideHeight, width * strideWidth, channels];
  const spread: tf.Tensor4D = tf.reshape(padded, shape);
  return tf.slice(
    spread,
    [0, 0, 0, 0],
    [n, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels],
  );
}

export const conv2dBackpropInputConfig: tf.KernelConfig = {
  kernelName: tf.Conv2DBackpropInput,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) =>
    conv2dBackpropInput(
      inputs['dy'] as tf.Tensor4D,
      inputs['filter'] as tf.Tensor4D,
      attrs as unknown as Attributes,
    ),
};
