import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type Operation, type WrappingKernel } from '@dpquant/operations';
import { wasmBackend } from '../simd/wasmBackend.ts';

interface Attributes {
  readonly axis?: number | number[] | null;
  /** What `Max` calls its axes. */
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims: boolean;
}

/**
 * Reductions of tensors without values, for which the stock kernels give what memory held. The
 * values are those of the cpu backend, and for `all` that of TensorFlow.
 *
 * @param value what the reduction of nothing gives
 */
function emptyReduction<Own extends Attributes>(
  reduction: Operation<{ readonly x: tf.Tensor }, Own, tf.Tensor>,
  value: number,
): WrappingKernel {
  return reduction.around(wasmBackend, (stock) => (backend, inputs, attributes) => {
    const { shape: from, dtype } = inputs.x;
    if (tf.util.sizeFromShape(from) > 0) return stock(backend, inputs, attributes);
    const { axis, reductionIndices, keepDims } = attributes;
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number[], from);
    const [reduced] = tf.backend_util.computeOutAndReduceShapes(from, axes);
    const shape = keepDims ? tf.backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
    const isMean = reduction.name === tf.Mean;
    return tf.fill(shape, value, isMean ? 'float32' : (dtype as 'float32'));
  });
}

const { sum, mean, prod, max, min, any, all } = tensorflowOperations;

export const emptyReductionWrappers: readonly WrappingKernel[] = [
  emptyReduction(sum, 0),
  emptyReduction(mean, 0),
  emptyReduction(prod, 1),
  emptyReduction(max, NaN),
  emptyReduction(min, NaN),
  emptyReduction(any, 0),
  emptyReduction(all, 1),
];
