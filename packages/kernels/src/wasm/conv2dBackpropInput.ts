import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '../windows.ts';

interface Attributes extends WindowAttributes {
  readonly inputShape: Shape4D;
}

/**
 * The input gradient, for which the WASM backend's own kernel is about ten times slower than its
 * convolution. At stride 1 it is a convolution itself, at larger strides a matrix product whose rows
 * are added up where the filter's windows overlap.
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
  const isDense = info.strideHeight === 1 && info.strideWidth === 1;
  return isDense ? byConvolution(dy, filter, info) : byMatrixProduct(dy, filter, info);
}

/** The output gradient convolved with the filter, turned by half a turn and its channels swapped. */
function byConvolution(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  { padInfo, filterHeight, filterWidth, inHeight, inWidth }: tf.backend_util.Conv2DInfo,
): tf.Tensor {
  return tf.tidy(() => {
    const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]);
    const top = filterHeight - 1 - padInfo.top;
    const left = filterWidth - 1 - padInfo.left;
    return tf.conv2d(dy, turned, 1, [
      [0, 0],
      [top, inHeight - 1 + filterHeight - top - dy.shape[1]],
      [left, inWidth - 1 + filterWidth - left - dy.shape[2]],
      [0, 0],
    ]);
  });
}

/** Each output pixel's gradient times the filter is the gradient of its window; windows add up. */
function byMatrixProduct(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  info: tf.backend_util.Conv2DInfo,
): tf.Tensor {
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const windows = tf.tidy(() => {
    const rows = tf.reshape(dy, [-1, outChannels]);
    // Transposed beforehand: the backend's product with a transposed operand is slow.
    const columns = tf.transpose(tf.reshape(filter, [-1, outChannels]));
    return tf.matMul(rows, columns);
  });
  const values = windows.dataSync<'float32'>();
  windows.dispose();
  const dx = new Float32Array(tf.util.sizeFromShape(info.inShape));
  const rowLength = filterWidth * inChannels;
  let window = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let outY = 0; outY < info.outHeight; outY++) {
      for (let outX = 0; outX < info.outWidth; outX++) {
        const left = outX * info.strideWidth - info.padInfo.left;
        // Columns of the window that lie inside of the image.
        const first = left < 0 ? -left : 0;
        const last = left + filterWidth > info.inWidth ? info.inWidth - left : filterWidth;
        for (let filterY = 0; filterY < filterHeight; filterY++) {
          const y = outY * info.strideHeight - info.padInfo.top + filterY;
          if (y < 0 || y >= info.inHeight) continue;
          const source = window + filterY * rowLength;
          const target = ((n * info.inHeight + y) * info.inWidth + left) * inChannels;
          for (let i = first * inChannels; i < last * inChannels; i++) {
            dx[target + i]! += values[source + i]!;
          }
        }
        window += filterHeight * rowLength;
      }
    }
  }
  return tf.tensor(dx, info.inShape);
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
