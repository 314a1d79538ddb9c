import * as tf from '@tensorflow/tfjs-core';

/** The last two axes swapped, the others as they are. */
function swapLastAxes(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const last = axes.length - 1;
  return tf.transpose(x, [...axes.slice(0, -2), last, last - 1]);
}

/**
 * A single matrix product in which transposed operands are transposed first: with them the WASM backend
 * leaves XNNPACK for plain loops, about ten times slower. Batches of products are plain loops in any
 * case and stay as they are.
 *
 * @param stock the backend's own kernel
 */
function transposedFirst(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    const isSingle = [a, b].every(({ shape }) => shape.slice(0, -2).every((size) => size === 1));
    if (!isSingle || (!transposeA && !transposeB)) return stock(call);
    const inputs = {
      a: transposeA ? swapLastAxes(a) : a,
      b: transposeB ? swapLastAxes(b) : b,
    };
    const product = stock({ ...call, inputs, attrs: { transposeA: false, transposeB: false } });
    tf.dispose([...(transposeA ? [inputs.a] : []), ...(transposeB ? [inputs.b] : [])]);
    return product;
  };
}

export const batchMatMulWrapper = {
  kernelName: tf.BatchMatMul,
  backendName: 'wasm',
  wrap: transposedFirst,
};
