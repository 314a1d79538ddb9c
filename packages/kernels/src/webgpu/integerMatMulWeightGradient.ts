import * as tf from '@tensorflow/tfjs-core';
import { integerKernels, type WeightedSumAttributes } from '@dpquant/quantization';
import { rowsOfExample } from './tileOperands.ts';
import { reshaped, type WebGpuBackend } from './webGpuBackend.ts';
import { weightGradient } from './weightGradient.ts';

/** See `integerKernels` of quantization, which defines what it computes. */
function integerMatMulWeightGradient(
  backend: WebGpuBackend,
  { a, dy }: { a: tf.TensorInfo; dy: tf.TensorInfo },
  { factors }: WeightedSumAttributes,
): tf.TensorInfo {
  const [p, d] = [a.shape.at(-1)!, dy.shape.at(-1)!];
  const gradient = weightGradient(backend, {
    name: 'MatMulWeightGradient',
    elements: 'int8',
    inputs: a,
    left: rowsOfExample(p),
    dy,
    examples: factors.length,
    positions: tf.util.sizeFromShape(a.shape.slice(1, -1)),
    p,
    d,
    factors,
  });
  return reshaped(gradient, [p, d]);
}

export const integerMatMulWeightGradientConfig: tf.KernelConfig = {
  kernelName: integerKernels.matMulWeightGradient,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) =>
    integerMatMulWeightGradient(
      backend as unknown as WebGpuBackend,
      inputs as unknown as { a: tf.TensorInfo; dy: tf.TensorInfo },
      attrs as unknown as WeightedSumAttributes,
    ),
};
