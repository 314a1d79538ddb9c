import * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type OperationKernel,
  type Shape4D,
  type WindowAttributes,
} from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { withWindows } from './windows.ts';

interface Attributes extends WindowAttributes {
  readonly dilations: [number, number] | number;
}

function depthwiseWindows(
  dy: tf.TensorInfo,
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, dilations, pad, dimRoundingMode }: Attributes,
): tf.backend_util.Conv2DInfo {
  const forward = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  return windowsOfGradients(forward, dy);
}

/** Gradient of a depthwise convolution with respect to its input. WASM has no such kernel. */
export function depthwiseInputGradient(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  attributes: Attributes & { readonly inputShape: Shape4D },
): tf.TensorInfo {
  const { inputShape } = attributes;
  if (tf.util.sizeFromShape(dy.shape) === 0) return tf.zeros(inputShape);
  const info = depthwiseWindows(dy, inputShape, filter.shape as Shape4D, attributes);
  const dx = backend.makeOutput(inputShape, 'float32');
  const [gradients, weights] = [addressOf(backend, dy), addressOf(backend, filter)];
  const target = addressOf(backend, dx);
  const gradientBytes = info.outHeight * info.outWidth * info.outChannels * 4;
  const imageBytes = info.inHeight * info.inWidth * info.inChannels * 4;
  withWindows(backend, info, (windows) => {
    const calls = Array.from(
      { length: info.batchSize },
      (_, i): WasmCall<'depthwiseInputGradient'> => [
        windows,
        gradients + i * gradientBytes,
        weights,
        filter.shape[3]!,
        target + i * imageBytes,
      ],
    );
    runCalls(backend, 'depthwiseInputGradient', calls, 0);
  });
  return dx;
}

/** Gradient of a depthwise convolution with respect to its filter. WASM has no such kernel. */
export function depthwiseFilterGradient(
  backend: WasmBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: Attributes & { readonly filterShape: Shape4D },
): tf.TensorInfo {
  const { filterShape } = attributes;
  if (tf.util.sizeFromShape(dy.shape) === 0) return tf.zeros(filterShape);
  const info = depthwiseWindows(dy, x.shape as Shape4D, filterShape, attributes);
  const dw = backend.makeOutput(filterShape, 'float32');
  const [images, gradients] = [addressOf(backend, x), addressOf(backend, dy)];
  const target = addressOf(backend, dw);
  const [height, width, channels, multiplier] = filterShape;
  withWindows(backend, info, (windows) => {
    const calls = Array.from(
      { length: height * width },
      (_, tap): WasmCall<'depthwiseFilterGradient'> => [
        ...([windows, images, gradients, info.batchSize, multiplier, tap] as const),
        target + tap * channels * multiplier * 4,
      ],
    );
    runCalls(backend, 'depthwiseFilterGradient', calls, 0);
  });
  return dw;
}

export const depthwiseConv2dBackpropConfigs: readonly OperationKernel[] = [
  tensorflowOperations.depthwiseConv2dBackpropInput.on(
    wasmBackend,
    (backend, { dy, filter }, attributes) =>
      depthwiseInputGradient(backend, dy, filter, attributes),
  ),
  tensorflowOperations.depthwiseConv2dBackpropFilter.on(
    wasmBackend,
    (backend, { x, dy }, attributes) => depthwiseFilterGradient(backend, x, dy, attributes),
  ),
];
