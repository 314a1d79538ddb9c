import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel } from '@dpquant/operations';
import { roundedSumOperations, type RoundedSumAttributes } from '@dpquant/quantization';
import { convolutionOperands, denseOperands, type LayerOperands } from './layerOperands.ts';
import { singlePositionSum } from './singlePositionSum.ts';
import { reshaped, webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';
import { weightGradient } from './weightGradient.ts';

/**
 * Each example's product is summed separately, position after position, by the same code, so that
 * its bits do not depend on the other examples or on its place in the batch. The sums of the
 * rounded values are exact.
 */
function roundedSum(
  backend: WebGpuBackend,
  name: string,
  layer: LayerOperands,
  { factors, areIntegers }: RoundedSumAttributes,
): tf.TensorInfo {
  const shape = [layer.p, layer.d];
  if (layer.examples === 0) {
    return backend.makeTensorInfo(shape, 'int32', new Int32Array(tf.util.sizeFromShape(shape)));
  }
  if (layer.positions === 1) return singlePositionSum(backend, layer, name, factors);
  const elements = areIntegers ? 'int8' : 'float32';
  return weightGradient(backend, layer, { name, elements, factors, isRounded: true });
}

/** See `roundedSumOperations` of quantization, which defines what they compute. */
export const roundedSumConfigs: readonly OperationKernel[] = [
  roundedSumOperations.matMul.on(webGpuBackend, (backend, { a, dy }, attributes) => {
    const layer = denseOperands(a, dy);
    const sum = roundedSum(backend, 'MatMulRoundedSum', layer, attributes);
    return reshaped(sum, [layer.p, layer.d]);
  }),
  roundedSumOperations.conv2d.on(webGpuBackend, (backend, { x, dy }, attributes) => {
    const layer = convolutionOperands(x, dy, attributes);
    const sum = roundedSum(backend, 'Conv2DRoundedSum', layer, attributes);
    return reshaped(sum, attributes.filterShape);
  }),
];
