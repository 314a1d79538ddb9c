import * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type KernelOf,
  type Operation,
  type WrappingKernel,
} from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

interface Attributes {
  readonly axis?: number | number[] | null;
  /** The name of the axes attribute of `Max`. */
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims: boolean;
}

/** The axes that are reduced, and the shape of the result. */
function reductionOf(from: number[], { axis, reductionIndices, keepDims }: Attributes) {
  const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number[], from);
  const [reduced] = tf.backend_util.computeOutAndReduceShapes(from, axes);
  return { axes, shape: keepDims ? tf.backend_util.expandShapeToKeepDim(reduced, axes) : reduced };
}

/**
 * Reductions of empty tensors, for which the stock kernels return uninitialized memory. The values
 * are those of the cpu backend, and for `all` that of TensorFlow.
 *
 * @param value result of an empty reduction
 * @param ofValues makes the kernel for tensors that are not empty from the stock kernel. Default:
 *   the stock kernel itself
 */
function emptyReduction<Own extends Attributes>(
  reduction: Operation<{ readonly x: tf.Tensor }, Own, tf.Tensor>,
  value: number,
  ofValues = (stock: KernelOf<typeof reduction, WasmBackend>) => stock,
): WrappingKernel {
  return reduction.around(wasmBackend, (stock) => {
    const reduce = ofValues(stock);
    return (backend, inputs, attributes) => {
      const { shape: from, dtype } = inputs.x;
      if (tf.util.sizeFromShape(from) > 0) return reduce(backend, inputs, attributes);
      const isMean = reduction.name === tf.Mean;
      const { shape } = reductionOf(from, attributes);
      return tf.fill(shape, value, isMean ? 'float32' : (dtype as 'float32'));
    };
  });
}

type SumKernel = KernelOf<typeof tensorflowOperations.sum, WasmBackend>;

/**
 * Sums over neighbouring axes before the last one, such as the positions of a sequence, row by row:
 * the same additions in the same order as in the stock kernel, which transposes first.
 *
 * @param stock the backend's own kernel
 */
function sumOfRows(stock: SumKernel): SumKernel {
  return (backend, inputs, attributes) => {
    const { shape: from, dtype } = inputs.x;
    const { axes, shape } = reductionOf(from, attributes);
    const [first, last] = [axes[0]!, axes.at(-1)!];
    const lieTogether = axes.every((axis, i) => axis === first + i);
    if (dtype !== 'float32' || axes.length === 0 || !lieTogether || last === from.length - 1) {
      return stock(backend, inputs, attributes);
    }
    const sums = backend.makeOutput(shape, 'float32');
    const x = backend.typedArrayFromHeap(inputs.x);
    const target = backend.typedArrayFromHeap(sums).fill(0);
    const rows = tf.util.sizeFromShape(from.slice(first, last + 1));
    const width = tf.util.sizeFromShape(from.slice(last + 1));
    for (let start = 0, read = 0; start < target.length; start += width) {
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < width; i++) target[start + i]! += x[read++]!;
      }
    }
    return sums;
  };
}

const { sum, mean, prod, max, min, any, all } = tensorflowOperations;

export const reductionWrappers: readonly WrappingKernel[] = [
  emptyReduction(sum, 0, sumOfRows),
  emptyReduction(mean, 0),
  emptyReduction(prod, 1),
  emptyReduction(max, NaN),
  emptyReduction(min, NaN),
  emptyReduction(any, 0),
  emptyReduction(all, 1),
];
