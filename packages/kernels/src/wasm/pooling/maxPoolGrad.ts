import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type Shape4D, type WindowAttributes } from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { withWindows } from '../products/windows.ts';

interface Attributes extends WindowAttributes {
  readonly filterSize: [number, number] | number;
}

/**
 * Gradient of max pooling: each output gradient goes to the first maximum of its window. The WASM
 * backend's own kernel sends it to position 0 when all values of a window are negative, and to the
 * last maximum on ties.
 */
export function maxPoolGrad(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  x: tf.TensorInfo,
  attributes: Attributes,
): tf.TensorInfo {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  const forward = tf.backend_util.computePool2DInfo(
    x.shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const info = windowsOfGradients(forward, dy);
  if (tf.util.sizeFromShape(dy.shape) === 0) return tf.zeros(x.shape);
  const dx = backend.makeOutput(x.shape, 'float32');
  const [images, gradients] = [addressOf(backend, x), addressOf(backend, dy)];
  const target = addressOf(backend, dx);
  const imageBytes = info.inHeight * info.inWidth * info.inChannels * 4;
  const gradientBytes = info.outHeight * info.outWidth * info.inChannels * 4;
  withWindows(backend, info, (windows) => {
    const calls = Array.from({ length: info.batchSize }, (_, i): WasmCall<'maxPoolGradient'> => [
      windows,
      images + i * imageBytes,
      gradients + i * gradientBytes,
      target + i * imageBytes,
    ]);
    runCalls(backend, 'maxPoolGradient', calls, 0);
  });
  return dx;
}

export const maxPoolGradConfig = tensorflowOperations.maxPoolGrad.on(
  wasmBackend,
  (backend, { dy, input }, attributes) => maxPoolGrad(backend, dy, input, attributes),
);
