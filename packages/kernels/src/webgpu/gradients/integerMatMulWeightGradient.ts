import type * as tf from '@tensorflow/tfjs-core';
import { integerOperations, type WeightedSumAttributes } from '@dpquant/quantization';
import { denseOperands } from './layerOperands.ts';
import { reshaped, webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';
import { weightGradient } from './weightGradient.ts';

/** See `integerOperations` of quantization, which defines what it computes. */
function integerMatMulWeightGradient(
  backend: WebGpuBackend,
  { a, dy }: { a: tf.TensorInfo; dy: tf.TensorInfo },
  { factors }: WeightedSumAttributes,
): tf.TensorInfo {
  const layer = denseOperands(a, dy);
  const name = 'MatMulWeightGradient';
  const gradient = weightGradient(backend, layer, { name, elements: 'int8', factors });
  return reshaped(gradient, [layer.p, layer.d]);
}

export const integerMatMulWeightGradientConfig = integerOperations.matMulWeightGradient.on(
  webGpuBackend,
  integerMatMulWeightGradient,
);
