import type * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type OperationKernel,
  type Shape4D,
  type WindowAttributes,
} from '@dpquant/operations';
import { integerOperations } from '@dpquant/quantization';
import { convolutionOperands } from './layerOperands.ts';
import { reshaped, webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';
import { weightGradient, type WeightGradientOptions } from './weightGradient.ts';

interface FilterAttributes extends WindowAttributes {
  readonly filterShape: Shape4D;
}

function convolutionWeightGradient(
  backend: WebGpuBackend,
  { x, dy }: { x: tf.TensorInfo; dy: tf.TensorInfo },
  attributes: FilterAttributes,
  options: Pick<WeightGradientOptions, 'elements' | 'factors'>,
): tf.TensorInfo {
  const gradient = weightGradient(backend, convolutionOperands(x, dy, attributes), {
    name: 'Conv2DWeightGradient',
    ...options,
  });
  return reshaped(gradient, attributes.filterShape);
}

export const convolutionWeightGradientConfigs: readonly OperationKernel[] = [
  // Replaces TensorFlow.js's own kernel, in which one invocation sums a whole element of the
  // gradient.
  tensorflowOperations.conv2dBackpropFilter.on(webGpuBackend, (backend, inputs, attributes) =>
    convolutionWeightGradient(backend, inputs, attributes, { elements: 'float32' }),
  ),
  integerOperations.conv2dWeightGradient.on(webGpuBackend, (backend, inputs, attributes) =>
    convolutionWeightGradient(backend, inputs, attributes, {
      elements: 'int8',
      factors: attributes.factors,
    }),
  ),
];
