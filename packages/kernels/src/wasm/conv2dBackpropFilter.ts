import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '../windows.ts';

interface Attributes extends WindowAttributes {
  readonly filterShape: Shape4D;
}

/**
 * The filter gradient, which the WASM backend lacks, as a convolution: the input with its channels as
 * batch and its batch as channels, convolved with the output gradient as filter, dilated by the
 * stride.
 */
export function conv2dBackpropFilter(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  attributes: Attributes,
): tf.Tensor {
  const { strides, pad, dimRoundingMode, filterShape } = attributes;
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { padInfo, strideHeight, strideWidth, filterHeight, filterWidth } = info;
  return tf.tidy(() => {
    // With a stride the last rows of the input may be touched by no filter; they must not widen the result.
    const usedHeight = (info.outHeight - 1) * strideHeight + filterHeight;
    const usedWidth = (info.outWidth - 1) * strideWidth + filterWidth;
    const padBottom = usedHeight - info.inHeight - padInfo.top;
    const padRight = usedWidth - info.inWidth - padInfo.left;
    const cropped = tf.slice(x, [0, 0, 0, 0], [
      -1,
      info.inHeight + Math.min(0, padBottom),
      info.inWidth + Math.min(0, padRight),
      -1,
    ] as Shape4D);
    const filterGradient = tf.conv2d(
      tf.transpose(cropped, [3, 1, 2, 0]),
      tf.transpose(dy, [1, 2, 0, 3]),
      1,
      [
        [0, 0],
        [padInfo.top, Math.max(0, padBottom)],
        [padInfo.left, Math.max(0, padRight)],
        [0, 0],
      ],
      'NHWC',
      [strideHeight, strideWidth],
    );
    return tf.transpose(filterGradient, [1, 2, 0, 3]);
  });
}

export const conv2dBackpropFilterConfig: tf.KernelConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) =>
    conv2dBackpropFilter(
      inputs['x'] as tf.Tensor4D,
      inputs['dy'] as tf.Tensor4D,
      attrs as unknown as Attributes,
    ),
};
