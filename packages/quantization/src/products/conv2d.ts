import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct } from './linearProduct.ts';
import { applyScales, combineScales, foldFactors } from './scales.ts';
import { squaredGradientNormBound } from './squaredNorms.ts';

/** What a convolution needs to know besides its operands. */
export interface Conv2dGeometry {
  /** [n, height, width, channels] */
  readonly inputShape: readonly [number, number, number, number];
  /** [height, width, channels in, channels out] */
  readonly filterShape: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'same' | 'valid';
}

/** y = conv2d(a, w) in NHWC without dilation; a position is a pixel of the output. */
export function conv2dProduct(geometry: Conv2dGeometry): LinearProduct {
  const inputShape = [...geometry.inputShape] as [number, number, number, number];
  const filterShape = [...geometry.filterShape] as [number, number, number, number];
  const strides = [...geometry.strides] as [number, number];
  const { padding } = geometry;
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, padding);
  const positions = info.outHeight * info.outWidth;
  const p = info.filterHeight * info.filterWidth * info.inChannels;
  const d = info.outChannels;

  return {
    forward: (a, w) =>
      tf.tidy(() => {
        const y = tf.conv2d(a.codes as tf.Tensor4D, w.codes as tf.Tensor4D, strides, padding);
        return applyScales(y, a, w);
      }),

    inputGradient: (dy, w) =>
      tf.tidy(() => {
        const dx = tf.conv2dTranspose(
          dy.codes as tf.Tensor4D,
          w.codes as tf.Tensor4D,
          inputShape,
          strides,
          padding,
        );
        return applyScales(dx, dy, w);
      }),

    squaredWeightGradientNorms(a, dy) {
      const n = inputShape[0];
      const aData = a.codes.dataSync<'float32'>();
      const dyData = dy.codes.dataSync<'float32'>();
      const scales = combineScales(a.scales, dy.scales, n);
      const patches = new Float64Array(positions * p);
      const gradients = new Float64Array(positions * d);
      return Float64Array.from({ length: n }, (_, i) => {
        unfold(aData, i, info, patches);
        gradients.set(dyData.subarray(i * positions * d, (i + 1) * positions * d));
        const squared = squaredGradientNormBound(patches, gradients, positions, p, d);
        return squared * scales[i]! ** 2;
      });
    },

    clippedWeightGradient: (a, dy, factors) =>
      tf.tidy(() => {
        const weighted = foldFactors(dy, a.scales, factors);
        return tf
          .engine()
          .runKernel(
            'Conv2DBackpropFilter',
            { x: a.codes, dy: weighted },
            { strides, pad: padding, dataFormat: 'NHWC', filterShape },
          ) as tf.Tensor;
      }),
  };
}

/**
 * Patches of example `example` of an NHWC batch: [outHeight·outWidth, filterHeight·filterWidth·inChannels],
 * zero where a patch reaches over the border.
 */
function unfold(
  images: Float32Array,
  example: number,
  info: tf.backend_util.Conv2DInfo,
  patches: Float64Array,
): void {
  const { inHeight, inWidth, inChannels, filterHeight, filterWidth } = info;
  const imageStart = example * inHeight * inWidth * inChannels;
  let target = 0;
  for (let outY = 0; outY < info.outHeight; outY++) {
    for (let outX = 0; outX < info.outWidth; outX++) {
      for (let filterY = 0; filterY < filterHeight; filterY++) {
        const y = outY * info.strideHeight - info.padInfo.top + filterY;
        for (let filterX = 0; filterX < filterWidth; filterX++) {
          const x = outX * info.strideWidth - info.padInfo.left + filterX;
          const inside = y >= 0 && y < inHeight && x >= 0 && x < inWidth;
          const source = imageStart + (y * inWidth + x) * inChannels;
          for (let channel = 0; channel < inChannels; channel++) {
            patches[target++] = inside ? images[source + channel]! : 0;
          }
        }
      }
    }
  }
}
