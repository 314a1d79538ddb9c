import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf, type Shape4D } from '@dpquant/operations';
import { convolve } from '../simd/convolve.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../simd/wasmBackend.ts';
import { windowsOf } from '../simd/windows.ts';

type Conv2dKernel = KernelOf<typeof tensorflowOperations.conv2d, WasmBackend>;

/**
 * Below any of these the stock kernel is faster: windows are packed for few columns, or the filter, which the
 * stock kernel keeps packed from call to call, for few windows.
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
 * Convolves where that is faster than the stock kernel; what is dilated or small stays with it.
 *
 * @param stock the backend's own kernel
 */
function conv2dKernel(stock: Conv2dKernel): Conv2dKernel {
  return (backend, inputs, attributes) => {
    const { x, filter } = inputs;
    const { dilations = 1, dataFormat = 'NHWC' } = attributes;
    const isDilated = [dilations].flat().some((dilation) => dilation !== 1);
    const isFloat = x.dtype === 'float32' && filter.dtype === 'float32';
    if (isDilated || dataFormat !== 'NHWC' || !isFloat) return stock(backend, inputs, attributes);
    const info = windowsOf(x.shape as Shape4D, filter.shape as Shape4D, attributes);
    const windows = info.batchSize * info.outHeight * info.outWidth;
    const multiplications = windows * tf.util.sizeFromShape(filter.shape);
    const isSmall =
      info.outChannels < fewestChannelsOut ||
      windows < fewestWindows ||
      multiplications < fewestMultiplications;
    return isSmall ? stock(backend, inputs, attributes) : conv2d(backend, x, filter, info);
  };
}

export const conv2dWrapper = tensorflowOperations.conv2d.around(wasmBackend, conv2dKernel);
