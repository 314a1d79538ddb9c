import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { convolve } from './convolve.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { convolutionInfo, runStockConvolution } from './convolutionWindows.ts';
import { emptyOutput } from './emptyOutput.ts';

type Conv2dKernel = KernelOf<typeof tensorflowOperations.conv2d, WasmBackend>;

/**
 * Below any of these limits the stock kernel is faster: with few columns, packing the windows takes
 * too long; with few windows, packing the filter does, which the stock kernel keeps from call to
 * call.
 */
const fewestChannelsOut = 16;
const fewestWindows = 64;
const fewestMultiplications = 2 ** 20;

/**
 * A convolution of NHWC images in float32, without dilation.
 *
 * @param info from `windowsOf`
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
 * Computes convolutions for which it is faster than the stock kernel. Dilated or small ones are
 * left to the stock kernel, where it is correct.
 *
 * @param stock the backend's own kernel
 */
function conv2dKernel(stock: Conv2dKernel): Conv2dKernel {
  return (backend, inputs, attributes) => {
    const { x, filter } = inputs;
    const { dataFormat }: Partial<tf.Conv2DAttrs> = attributes;
    const isFloat = x.dtype === 'float32' && filter.dtype === 'float32';
    // The stock kernel throws for other formats.
    if ((dataFormat ?? 'NHWC') !== 'NHWC' || !isFloat) return stock(backend, inputs, attributes);
    const info = convolutionInfo(inputs, attributes, false);
    const empty = emptyOutput(tf.Conv2D, info);
    if (empty) return empty;
    return isFasterThanStock(x, filter, info)
      ? conv2d(backend, x, filter, info)
      : runStockConvolution(stock, backend, inputs, attributes, info);
  };
}

/** Whether `conv2d` can compute a convolution of NHWC images, and is faster at it. */
export function isFasterThanStock(
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): boolean {
  const windows = info.batchSize * info.outHeight * info.outWidth;
  const multiplications = windows * tf.util.sizeFromShape(filter.shape);
  return (
    x.dtype === 'float32' &&
    filter.dtype === 'float32' &&
    tf.util.sizeFromShape(x.shape) > 0 &&
    info.dilationHeight === 1 &&
    info.dilationWidth === 1 &&
    info.outChannels >= fewestChannelsOut &&
    windows >= fewestWindows &&
    multiplications >= fewestMultiplications
  );
}

export const conv2dWrapper = tensorflowOperations.conv2d.around(wasmBackend, conv2dKernel);
