import * as tf from '@tensorflow/tfjs-core';
import { integerKernels, type WeightedSumAttributes } from '@dpquant/quantization';
import type { Shape4D, WindowAttributes } from '../windows.ts';
import type { Elements } from './tileCode.ts';
import { reshaped, type WebGpuBackend } from './webGpuBackend.ts';
import { weightGradient } from './weightGradient.ts';
import { windowLines } from './windowLines.ts';

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
  const gradient = weightGradient(backend, {
    name: 'Conv2DWeightGradient',
    elements,
    inputs: x,
    left: windowLines(info),
    dy,
    examples: info.batchSize,
    positions: info.outHeight * info.outWidth,
    p: info.filterHeight * info.filterWidth * info.inChannels,
    d: info.outChannels,
    ...(factors ? { factors } : {}),
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
