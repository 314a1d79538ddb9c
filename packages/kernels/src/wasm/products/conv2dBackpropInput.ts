import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type Shape4D, type WindowAttributes } from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import { convolve } from './convolve.ts';
import { withPackedColumns } from './packedColumns.ts';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { windowsOf, withWindows } from './windows.ts';

interface Attributes extends WindowAttributes {
  readonly inputShape: Shape4D;
}

/**
 * Fewest windows of a call, in whole images: with fewer, reading the filter again for each call
 * takes too long.
 */
const windowsOfCall = 64;

/**
 * The input gradient, for which the WASM backend's own kernel is a slow plain loop. At stride 1 it
 * is itself a convolution; at larger strides it is a matrix product whose rows are added where
 * windows overlap.
 */
export function conv2dBackpropInput(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  attributes: Attributes,
): tf.TensorInfo {
  const { inputShape } = attributes;
  if (tf.util.sizeFromShape(dy.shape) === 0) return tf.zeros(inputShape);
  const forward = windowsOf(inputShape, filter.shape as Shape4D, attributes);
  const info = windowsOfGradients(forward, dy);
  const isDense = info.strideHeight === 1 && info.strideWidth === 1;
  return (isDense ? byConvolution : byMatrixProduct)(backend, dy, filter, info);
}

/**
 * The output gradient convolved with the filter, which is rotated by 180° and has its channels
 * swapped.
 */
function byConvolution(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { inChannels, outChannels, filterHeight, filterWidth, padInfo } = info;
  const taps = filterHeight * filterWidth;
  const tapSize = inChannels * outChannels;
  return convolve(
    backend,
    dy,
    {
      address: addressOf(backend, filter) + (taps - 1) * tapSize * 4,
      rows: taps * outChannels,
      columns: inChannels,
      groupRows: outChannels,
      groupStride: -tapSize,
      rowStride: 1,
      columnStride: outChannels,
    },
    {
      inHeight: info.outHeight,
      inWidth: info.outWidth,
      inChannels: outChannels,
      filterHeight,
      filterWidth,
      outHeight: info.inHeight,
      outWidth: info.inWidth,
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padInfo: { top: filterHeight - 1 - padInfo.top, left: filterWidth - 1 - padInfo.left },
    },
    info.inShape,
  );
}

/**
 * Each window's output gradients times the filter are the gradients of its values; windows add up.
 */
function byMatrixProduct(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { batchSize, inShape, outHeight, outWidth, outChannels } = info;
  const dx = backend.makeOutput(inShape, 'float32');
  const windowSize = tf.util.sizeFromShape(filter.shape) / outChannels;
  const imagesOfCall = Math.min(batchSize, Math.ceil(windowsOfCall / (outHeight * outWidth)));
  const [gradients, target] = [addressOf(backend, dy), addressOf(backend, dx)];
  const gradientBytes = outHeight * outWidth * outChannels * 4;
  const imageBytes = (tf.util.sizeFromShape(inShape) / batchSize) * 4;
  const columns = {
    address: addressOf(backend, filter),
    rows: outChannels,
    columns: windowSize,
    groupRows: outChannels,
    groupStride: 0,
    rowStride: 1,
    columnStride: outChannels,
  };
  withPackedColumns(backend, columns, (packed) => {
    withWindows(backend, info, (windows) => {
      const calls: WasmCall<'conv2dInputGradient'>[] = [];
      for (let image = 0; image < batchSize; image += imagesOfCall) {
        calls.push([
          windows,
          gradients + image * gradientBytes,
          packed,
          Math.min(imagesOfCall, batchSize - image),
          outChannels,
          target + image * imageBytes,
        ]);
      }
      const module = wasmModule(backend);
      const scratch = module.conv2dInputGradientScratch(windows, imagesOfCall, outChannels);
      runCalls(backend, 'conv2dInputGradient', calls, scratch);
    });
  });
  return dx;
}

export const conv2dBackpropInputConfig = tensorflowOperations.conv2dBackpropInput.on(
  wasmBackend,
  (backend, { dy, filter }, attributes) => conv2dBackpropInput(backend, dy, filter, attributes),
);
