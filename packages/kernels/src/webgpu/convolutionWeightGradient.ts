import * as tf from '@tensorflow/tfjs-core';
import { integerKernels, type WeightedSumAttributes } from '@dpquant/quantization';
import type { Shape4D, WindowAttributes } from '../windows.ts';
import { chosen, isInImage, widthOf } from './tileOperands.ts';
import type { Elements } from './tiledProduct.ts';
import { reshaped, signed, type WebGpuBackend } from './webGpuBackend.ts';
import { weightGradient } from './weightGradient.ts';

interface FilterAttributes extends WindowAttributes {
  readonly filterShape: Shape4D;
}

/** Gradient of a filter: its rows are taps and channels, its positions the pixels of the output. */
function convolutionWeightGradient(
  backend: WebGpuBackend,
  { x, dy }: { x: tf.TensorInfo; dy: tf.TensorInfo },
  { strides, pad, dimRoundingMode, filterShape }: FilterAttributes,
  elements: Elements,
  factors?: Float32Array,
): tf.TensorInfo {
  const info = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const width = widthOf(info.inChannels);
  const gradient = weightGradient(backend, {
    name: 'Conv2DWeightGradient',
    elements,
    inputs: x,
    left: {
      along: 'lines',
      width,
      read: `
  let tap = i32(line) / uniforms.channels;
  let output = vec2<i32>(i32(position) / uniforms.outWidth, i32(position) % uniforms.outWidth);
  let pixel = output * uniforms.strides - uniforms.padding
    + vec2<i32>(tap / uniforms.filterWidth, tap % uniforms.filterWidth);
  let row = (i32(example) * uniforms.imageSize.x + pixel.x) * uniforms.imageSize.y + pixel.y;
  ${chosen(
    `line < uniforms.lines && position < uniforms.positions && example < uniforms.examples && ${isInImage}`,
    'A',
    `u32(row * uniforms.channels + i32(line) % uniforms.channels) / ${width}u`,
    width,
  )}`,
    },
    dy,
    examples: info.batchSize,
    positions: info.outHeight * info.outWidth,
    p: info.filterHeight * info.filterWidth * info.inChannels,
    d: info.outChannels,
    ...(factors ? { factors } : {}),
    uniforms: {
      declaration:
        'channels : i32, filterWidth : i32, outWidth : i32, imageSize : vec2<i32>, ' +
        'strides : vec2<i32>, padding : vec2<i32>,',
      values: [
        ...signed([info.inChannels], [info.filterWidth], [info.outWidth]),
        ...signed([info.inHeight, info.inWidth], [info.strideHeight, info.strideWidth]),
        ...signed([info.padInfo.top, info.padInfo.left]),
      ],
    },
  });
  return reshaped(gradient, filterShape);
}

export const convolutionWeightGradientConfigs: readonly tf.KernelConfig[] = [
  {
    // In place of TensorFlow.js's own, in which an invocation sums an element of the gradient by itself.
    kernelName: tf.Conv2DBackpropFilter,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) =>
      convolutionWeightGradient(
        backend as unknown as WebGpuBackend,
        inputs as unknown as { x: tf.TensorInfo; dy: tf.TensorInfo },
        attrs as unknown as FilterAttributes,
        'float32',
      ),
  },
  {
    kernelName: integerKernels.conv2dWeightGradient,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const attributes = attrs as unknown as FilterAttributes & WeightedSumAttributes;
      return convolutionWeightGradient(
        backend as unknown as WebGpuBackend,
        inputs as unknown as { x: tf.TensorInfo; dy: tf.TensorInfo },
        attributes,
        'int8',
        attributes.factors,
      );
    },
  },
];
