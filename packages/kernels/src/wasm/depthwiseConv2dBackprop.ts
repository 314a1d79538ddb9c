import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '../windows.ts';

interface Attributes extends WindowAttributes {
  readonly dilations: [number, number] | number;
}

/**
 * Calls `visit` for every product of a depthwise convolution, with the places of the three values that
 * take part: y[output] += x[input]·filter[weight].
 */
function forEachProduct(
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, dilations, pad, dimRoundingMode }: Attributes,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const { inHeight, inWidth, inChannels, filterHeight, filterWidth } = info;
  const multiplier = filterShape[3];
  let output = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let outY = 0; outY < info.outHeight; outY++) {
      for (let outX = 0; outX < info.outWidth; outX++, output += inChannels * multiplier) {
        for (let filterY = 0; filterY < filterHeight; filterY++) {
          const y = outY * info.strideHeight - info.padInfo.top + filterY * info.dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let filterX = 0; filterX < filterWidth; filterX++) {
            const x = outX * info.strideWidth - info.padInfo.left + filterX * info.dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            const input = ((n * inHeight + y) * inWidth + x) * inChannels;
            const weight = (filterY * filterWidth + filterX) * inChannels;
            for (let channel = 0; channel < inChannels; channel++) {
              for (let m = 0; m < multiplier; m++) {
                const place = channel * multiplier + m;
                visit(output + place, input + channel, weight * multiplier + place);
              }
            }
          }
        }
      }
    }
  }
}

/** Gradient of a depthwise convolution with respect to its input. WASM has no such kernel. */
function inputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  attributes: Attributes & { readonly inputShape: Shape4D },
): tf.Tensor {
  const [gradients, weights] = [dy.dataSync<'float32'>(), filter.dataSync<'float32'>()];
  const dx = new Float64Array(tf.util.sizeFromShape(attributes.inputShape));
  forEachProduct(attributes.inputShape, filter.shape, attributes, (output, input, weight) => {
    dx[input]! += gradients[output]! * weights[weight]!;
  });
  return tf.tensor(new Float32Array(dx), attributes.inputShape);
}

/** Gradient of a depthwise convolution with respect to its filter. WASM has no such kernel. */
function filterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  attributes: Attributes & { readonly filterShape: Shape4D },
): tf.Tensor {
  const [values, gradients] = [x.dataSync<'float32'>(), dy.dataSync<'float32'>()];
  const dw = new Float64Array(tf.util.sizeFromShape(attributes.filterShape));
  forEachProduct(x.shape, attributes.filterShape, attributes, (output, input, weight) => {
    dw[weight]! += values[input]! * gradients[output]!;
  });
  return tf.tensor(new Float32Array(dw), attributes.filterShape);
}

export const depthwiseConv2dBackpropConfigs: readonly tf.KernelConfig[] = [
  {
    kernelName: tf.DepthwiseConv2dNativeBackpropInput,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      inputGradient(
        inputs['dy'] as tf.Tensor4D,
        inputs['filter'] as tf.Tensor4D,
        attrs as unknown as Parameters<typeof inputGradient>[2],
      ),
  },
  {
    kernelName: tf.DepthwiseConv2dNativeBackpropFilter,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) =>
      filterGradient(
        inputs['x'] as tf.Tensor4D,
        inputs['dy'] as tf.Tensor4D,
        attrs as unknown as Parameters<typeof filterGradient>[2],
      ),
  },
];
