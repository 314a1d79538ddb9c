import * as tf from '@tensorflow/tfjs-core';

interface Attributes {
  readonly axis?: number | number[] | null;
  /** What `Max` calls its axes. */
  readonly reductionIndices?: number | number[] | null;
  readonly keepDims: boolean;
}

/** What a reduction gives where there is nothing to reduce. */
const valuesOfNothing = new Map<string, number>([
  [tf.Sum, 0],
  [tf.Mean, 0],
  [tf.Prod, 1],
  [tf.Max, NaN],
  [tf.Min, NaN],
  [tf.Any, 0],
  [tf.All, 1],
]);

/**
 * Reductions of tensors without values, for which the stock kernels give what memory held. The
 * values are those of the cpu backend, and for `all` that of TensorFlow.
 */
function reductionKernel(kernelName: string, value: number, stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const x = call.inputs['x']!;
    if (tf.util.sizeFromShape(x.shape) > 0) return stock(call);
    const { axis, reductionIndices, keepDims } = call.attrs as unknown as Attributes;
    const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number[], x.shape);
    const [reduced] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
    const shape = keepDims ? tf.backend_util.expandShapeToKeepDim(reduced, axes) : reduced;
    return tf.fill(shape, value, kernelName === tf.Mean ? 'float32' : (x.dtype as 'float32'));
  };
}

export const emptyReductionWrappers = [...valuesOfNothing].map(([kernelName, value]) => ({
  kernelName,
  backendName: 'wasm',
  wrap: (stock: tf.KernelFunc) => reductionKernel(kernelName, value, stock),
}));
