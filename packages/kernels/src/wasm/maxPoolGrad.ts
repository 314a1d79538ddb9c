import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '../windows.ts';

interface Attributes extends WindowAttributes {
  readonly filterSize: [number, number] | number;
}

/**
 * Gradient of max pooling: each output gradient goes to the first maximum of its window. The WASM
 * backend's own kernel sends it to position 0 when all values of a window are negative, and to the
 * last maximum on ties.
 */
export function maxPoolGrad(dy: tf.Tensor4D, x: tf.Tensor4D, attributes: Attributes): tf.Tensor {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computePool2DInfo(
    x.shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { inHeight, inWidth, inChannels: channels, outHeight, outWidth } = info;
  const values = x.dataSync<'float32'>();
  const gradients = dy.dataSync<'float32'>();
  const dx = new Float32Array(values.length);
  let output = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const top = outY * info.strideHeight - info.padInfo.top;
      const yStart = Math.max(0, top);
      const yEnd = Math.min(inHeight, top + info.filterHeight);
      for (let outX = 0; outX < outWidth; outX++) {
        const left = outX * info.strideWidth - info.padInfo.left;
        const xStart = Math.max(0, left);
        const xEnd = Math.min(inWidth, left + info.filterWidth);
        for (let channel = 0; channel < channels; channel++) {
          let maximum = 0;
          let position = -1;
          for (let y = yStart; y < yEnd; y++) {
            for (let column = xStart; column < xEnd; column++) {
              const index = ((n * inHeight + y) * inWidth + column) * channels + channel;
              const value = values[index]!;
              if (value > maximum || position < 0) {
                maximum = value;
                position = index;
              }
            }
          }
          dx[position]! += gradients[output++]!;
        }
      }
    }
  }
  return tf.tensor(dx, x.shape);
}

export const maxPoolGradConfig: tf.KernelConfig = {
  kernelName: tf.MaxPoolGrad,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) =>
    maxPoolGrad(
      inputs['dy'] as tf.Tensor4D,
      inputs['input'] as tf.Tensor4D,
      attrs as unknown as Attributes,
    ),
};
