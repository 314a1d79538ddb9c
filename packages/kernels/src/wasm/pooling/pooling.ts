import * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type KernelOf,
  type Shape4D,
  type WindowAttributes,
  type WrappingKernel,
} from '@dpquant/operations';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { withWindows } from '../products/windows.ts';
import { hasSizeOfXnnpack } from '../products/convolutionWindows.ts';
import { emptyOutput } from '../products/emptyOutput.ts';

interface Attributes extends WindowAttributes {
  readonly filterSize: [number, number] | number;
}

interface ArgmaxAttributes extends Attributes {
  readonly includeBatchInIndex: boolean;
}

type Info = tf.backend_util.Conv2DInfo;

/** Both poolings have the same types. */
type PoolKernel = KernelOf<typeof tensorflowOperations.maxPool, WasmBackend>;
type ArgmaxKernel = KernelOf<typeof tensorflowOperations.maxPoolWithArgmax, WasmBackend>;

/**
 * Average or max pooling, for any windows.
 *
 * @param x NHWC, float32
 * @param kernel name of the module's kernel
 */
function pool(
  backend: WasmBackend,
  x: tf.TensorInfo,
  info: Info,
  kernel: 'averagePool' | 'maxPool',
): tf.TensorInfo {
  const y = backend.makeOutput(info.outShape, 'float32');
  const [images, target] = [addressOf(backend, x), addressOf(backend, y)];
  const imageBytes = info.inHeight * info.inWidth * info.inChannels * 4;
  const outputBytes = info.outHeight * info.outWidth * info.inChannels * 4;
  withWindows(backend, info, (windows) => {
    const calls = Array.from({ length: info.batchSize }, (_, i): WasmCall<'maxPool'> => [
      windows,
      images + i * imageBytes,
      target + i * outputBytes,
    ]);
    runCalls(backend, kernel, calls, 0);
  });
  return y;
}

/**
 * Uses the backend's own kernel, which is faster, where it is correct. That kernel writes outside
 * its output if the output is empty or has another size than XNNPACK computes (padding by a number,
 * windows that are not square), and leaves memory uninitialized if a window lies entirely in the
 * padding.
 */
function poolKernel(kernel: 'averagePool' | 'maxPool', stock: PoolKernel): PoolKernel {
  return (backend, inputs, attributes) => {
    const { x } = inputs;
    const { filterSize, strides, pad, dimRoundingMode } = attributes;
    // The stock kernel refuses it.
    if (x.dtype !== 'float32') return stock(backend, inputs, attributes);
    const { shape } = x;
    const info = tf.backend_util.computePool2DInfo(
      ...([shape, filterSize, strides, 1, pad, dimRoundingMode] as const),
    );
    const empty = emptyOutput(kernel, info);
    if (empty) return empty;
    if (isWhole(info)) {
      backend.incRef(x.dataId);
      return { dataId: x.dataId, shape, dtype: x.dtype };
    }
    const isForStock = hasSizeOfXnnpack(info) && reachesImage(info);
    return isForStock ? stock(backend, inputs, attributes) : pool(backend, x, info, kernel);
  };
}

/** Whether each pixel is its own window. Like TensorFlow.js, this ignores padding. */
function isWhole({ filterHeight, filterWidth, inShape, outShape }: Info): boolean {
  return filterHeight === 1 && filterWidth === 1 && tf.util.arraysEqual(inShape, outShape);
}

/** Whether each window contains pixels of the image, for any padding. */
function reachesImage({ inHeight, inWidth, filterHeight, filterWidth, padInfo }: Info): boolean {
  const { top, bottom, left, right } = padInfo;
  if (inHeight === 0 || inWidth === 0) return false;
  return Math.max(top, bottom) < filterHeight && Math.max(left, right) < filterWidth;
}

/**
 * Maxima and their positions, the first position if several values are equal. The WASM backend's
 * own kernel returns the smallest positive number as the maximum of negative values.
 *
 * @returns the maxima, and their places in the image or in the batch: int32
 */
function maxPoolWithArgmax(
  backend: WasmBackend,
  x: tf.TensorInfo,
  attributes: ArgmaxAttributes,
): [maxima: tf.TensorInfo, places: tf.TensorInfo] {
  const { filterSize, strides, pad, includeBatchInIndex } = attributes;
  const info = tf.backend_util.computePool2DInfo(x.shape as Shape4D, filterSize, strides, 1, pad);
  const empty = emptyOutput('maxPoolWithArgmax', info);
  if (empty) return [empty, tf.zeros(info.outShape, 'int32')];
  const y = backend.makeOutput(info.outShape, 'float32');
  const places = backend.makeOutput(info.outShape, 'int32');
  const imageSize = info.inHeight * info.inWidth * info.inChannels;
  const outputBytes = info.outHeight * info.outWidth * info.inChannels * 4;
  const [images, maxima] = [addressOf(backend, x), addressOf(backend, y)];
  const placesStart = addressOf(backend, places);
  withWindows(backend, info, (windows) => {
    const calls = Array.from({ length: info.batchSize }, (_, i): WasmCall<'maxPoolWithPlaces'> => [
      windows,
      images + i * imageSize * 4,
      includeBatchInIndex ? i * imageSize : 0,
      maxima + i * outputBytes,
      placesStart + i * outputBytes,
    ]);
    runCalls(backend, 'maxPoolWithPlaces', calls, 0);
  });
  return [y, places];
}

function maxPoolWithArgmaxKernel(stock: ArgmaxKernel): ArgmaxKernel {
  return (backend, inputs, attributes) => {
    // Integer tensors are left to the stock kernel.
    const isFloat = inputs.x.dtype === 'float32';
    return isFloat
      ? maxPoolWithArgmax(backend, inputs.x, attributes)
      : stock(backend, inputs, attributes);
  };
}

const { avgPool, maxPool, maxPoolWithArgmax: argmax } = tensorflowOperations;

export const poolWrappers: readonly WrappingKernel[] = [
  avgPool.around(wasmBackend, (stock) => poolKernel('averagePool', stock)),
  maxPool.around(wasmBackend, (stock) => poolKernel('maxPool', stock)),
  argmax.around(wasmBackend, maxPoolWithArgmaxKernel),
];
