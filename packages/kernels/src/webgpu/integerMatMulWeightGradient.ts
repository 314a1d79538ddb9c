import * as tf from '@tensorflow/tfjs-core';
import { integerOperations, type WeightedSumAttributes } from '@dpquant/quantization';
import { rowsOfExample } from './tileOperands.ts';
import { reshaped, webGpuBackend, type WebGpuBackend } from './webGpuBackend.ts';
import { weightGradient } from './weightGradient.ts';

/** See `integerOperations` of quantization, which defines what it computes. */
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

export const integerMatMulWeightGradientConfig = integerOperations.matMulWeightGradient.on(
  webGpuBackend,
  integerMatMulWeightGradient,
);
