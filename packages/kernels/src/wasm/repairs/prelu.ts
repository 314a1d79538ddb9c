import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

type PreluKernel = KernelOf<typeof tensorflowOperations.prelu, WasmBackend>;

/**
 * x where it is positive, else α·x. The stock kernel repeats α over the leading axes of x, which is
 * wrong if α or x has other axes of size one (for α: the shared axes of a PReLU layer). Both are
 * then tiled to the same shape first.
 *
 * @param stock the backend's own kernel
 */
function preluKernel(stock: PreluKernel): PreluKernel {
  return (backend, inputs, attributes) => {
    const { x, alpha } = inputs;
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    if (shape.length === 0 || shape.includes(0)) return stock(backend, inputs, attributes);
    const own = alpha.shape.slice(alpha.shape.findIndex((size) => size !== 1));
    const isOfOne = alpha.shape.every((size) => size === 1);
    const isTrailing = !isOfOne && tf.util.arraysEqual(own, shape.slice(-own.length));
    if (isTrailing && tf.util.arraysEqual(shape, x.shape))
      return stock(backend, inputs, attributes);
    const [wholeX, wholeAlpha] = [x, alpha].map((each) => repeated(backend, each, shape)) as [
      tf.TensorInfo,
      tf.TensorInfo,
    ];
    const y = stock(backend, { x: wholeX, alpha: wholeAlpha }, attributes);
    for (const { dataId } of [wholeX, wholeAlpha]) backend.disposeData(dataId);
    return y;
  };
}

function repeated(backend: WasmBackend, x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  const padded = [...shape.slice(x.shape.length).fill(1), ...x.shape];
  const reps = shape.map((size, axis) => (padded[axis] === size ? 1 : size));
  const tile = tensorflowOperations.tile.kernelOf(wasmBackend);
  return tile(backend, { x: { ...x, shape: padded } }, { reps });
}

export const preluWrapper = tensorflowOperations.prelu.around(wasmBackend, preluKernel);
