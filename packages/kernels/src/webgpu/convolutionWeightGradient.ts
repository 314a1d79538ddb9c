import * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type OperationKernel,
  type Shape4D,
  type WindowAttributes,
} from '@dpquant/operations';
import { integerOperations } from '@dpquant/quantization';
import { windowsOfGradients } from '../gradientWindows.ts';
import type { Elements } from './tileCode.ts';
import { reshaped, webGpuBackend, type WebGpuBackend } from './webGpuBackend.ts';
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
  const forward = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const info = windowsOfGradients(forward, dy);
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

export const convolutionWeightGradientConfigs: readonly OperationKernel[] = [
  // In place of TensorFlow.js's own, in which an invocation sums an element of the gradient by
  // itself.
  tensorflowOperations.conv2dBackpropFilter.on(webGpuBackend, (backend, inputs, attributes) =>
    convolutionWeightGradient(backend, inputs, attributes, 'float32'),
  ),
  integerOperations.conv2dWeightGradient.on(webGpuBackend, (backend, inputs, attributes) =>
    convolutionWeightGradient(backend, inputs, attributes, 'int8', attributes.factors),
  ),
];
