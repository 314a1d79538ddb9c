import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';
import { callKernel } from './callKernel.ts';

/**
 * x where it is positive, else α·x. The stock kernel repeats α over the leading axes of x, which is
 * wrong where it has axes of one within (those that a PReLU layer shares) or x has: both are then
 * repeated first.
 *
 * @param stock the backend's own kernel
 */
function preluKernel(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { x, alpha } = call.inputs as { x: tf.TensorInfo; alpha: tf.TensorInfo };
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    if (shape.length === 0 || shape.includes(0)) return stock(call);
    const own = alpha.shape.slice(alpha.shape.findIndex((size) => size !== 1));
    const isOfOne = alpha.shape.every((size) => size === 1);
    const isTrailing = !isOfOne && tf.util.arraysEqual(own, shape.slice(-own.length));
    if (isTrailing && tf.util.arraysEqual(shape, x.shape)) return stock(call);
    const backend = call.backend as WasmBackend;
    const [wholeX, wholeAlpha] = [x, alpha].map((each) => repeated(backend, each, shape)) as [
      tf.TensorInfo,
      tf.TensorInfo,
    ];
    const y = stock({ ...call, inputs: { x: wholeX, alpha: wholeAlpha } });
    for (const { dataId } of [wholeX, wholeAlpha]) backend.disposeData(dataId);
    return y;
  };
}

function repeated(backend: WasmBackend, x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
  const padded = [...shape.slice(x.shape.length).fill(1), ...x.shape];
  const reps = shape.map((size, axis) => (padded[axis] === size ? 1 : size));
  return callKernel(tf.Tile, backend, { x: { ...x, shape: padded } }, { reps });
}

export const preluWrapper = { kernelName: tf.Prelu, backendName: 'wasm', wrap: preluKernel };
