import * as tf from '@tensorflow/tfjs-core';
import { convolve } from '../simd/convolve.ts';
import { addressOf, type WasmBackend } from '../simd/wasmBackend.ts';
import {
  convolutionInfo,
  runStockConvolution,
  type ConvolutionAttributes,
} from './convolutionWindows.ts';
import { emptyOutput } from './emptyOutput.ts';

/**
 * Below any of these the stock kernel is faster: windows are packed for few columns, or the filter,
 * which the stock kernel keeps packed from call to call, for few windows.
 */
const fewestChannelsOut = 16;
const fewestWindows = 64;
const fewestMultiplications = 2 ** 20;

/**
 * A convolution of NHWC images in float32, without dilation.
 *
 * @param info which `windowsOf` takes from the shapes
 */
export function conv2d(
  backend: WasmBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.TensorInfo {
  const { outChannels } = info;
  const rows = info.filterHeight * info.filterWidth * info.inChannels;
  const matrix = {
    address: addressOf(backend, filter),
    rows,
    columns: outChannels,
    groupRows: rows,
    groupStride: 0,
    rowStride: outChannels,
    columnStride: 1,
  };
  return convolve(backend, x, matrix, info, info.outShape);
}

/**
 * Convolves where that is faster than the stock kernel; what is dilated or small stays with it,
 * where it is right.
 *
 * @param stock the backend's own kernel
 */
function conv2dKernel(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { x, filter } = call.inputs as { x: tf.TensorInfo; filter: tf.TensorInfo };
    const { dataFormat = 'NHWC' } = call.attrs as unknown as ConvolutionAttributes;
    const isFloat = x.dtype === 'float32' && filter.dtype === 'float32';
    // The stock kernel says that it has no other format.
    if (dataFormat !== 'NHWC' || !isFloat) return stock(call);
    const info = convolutionInfo(call, false);
    const empty = emptyOutput(tf.Conv2D, info);
    if (empty) return empty;
    const windows = info.batchSize * info.outHeight * info.outWidth;
    const multiplications = windows * tf.util.sizeFromShape(filter.shape);
    const isForStock =
      info.dilationHeight !== 1 ||
      info.dilationWidth !== 1 ||
      info.outChannels < fewestChannelsOut ||
      windows < fewestWindows ||
      multiplications < fewestMultiplications;
    return isForStock
      ? runStockConvolution(stock, call, info)
      : conv2d(call.backend as WasmBackend, x, filter, info);
  };
}

export const conv2dWrapper = {
  kernelName: tf.Conv2D,
  backendName: 'wasm',
  wrap: conv2dKernel,
};
