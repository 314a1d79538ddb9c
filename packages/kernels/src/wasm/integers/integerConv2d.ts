import type * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel, Shape4D, WindowAttributes } from '@dpquant/operations';
import { integerOperations, type ScaledProductAttributes } from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, withNumbers, type WasmBackend } from '../module/wasmBackend.ts';
import { windowsOf, withWindows } from '../products/windows.ts';
import { withPackedColumns, type IntegerMatrix } from './integerColumns.ts';
import { withProductScales } from './productScales.ts';

interface Attributes extends WindowAttributes, ScaledProductAttributes {}

interface InputGradientAttributes extends Attributes {
  readonly inputShape: Shape4D;
}

/** Smallest number of rows of the product for one call, unless the product has fewer. */
const rowsPerCall = 64;

/** Windows of images times a matrix, and which pixels of the target get the products. */
interface WindowProduct {
  readonly windows: tf.backend_util.Conv2DInfo;
  readonly matrix: IntegerMatrix;
  /** Pixel of the first window's product, and distance between neighbours. */
  readonly first: readonly [number, number];
  readonly step: readonly [number, number];
  readonly scales: tf.TensorInfo | undefined;
  readonly largest: ScaledProductAttributes['largest'];
}

/** See `integerOperations` of quantization, which defines what it computes. */
function integerConv2d(
  backend: WasmBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  scales: tf.TensorInfo | undefined,
  attributes: Attributes,
): tf.TensorInfo {
  const info = windowsOf(x.shape as Shape4D, filter.shape as Shape4D, attributes);
  const y = backend.makeOutput(info.outShape, 'float32');
  const matrix = {
    address: addressOf(backend, filter),
    columns: info.outChannels,
    columnStride: 1,
    depth: info.filterHeight * info.filterWidth * info.inChannels,
    depthStride: info.outChannels,
  };
  const { largest } = attributes;
  const product = { windows: info, matrix, first: [0, 0], step: [1, 1], scales, largest } as const;
  multiplyWindows(backend, x, product, y);
  return y;
}

/**
 * See `integerOperations` of quantization, which defines what it computes. Input pixels with the
 * same remainder modulo the strides are reached by the same taps of the filter. For each remainder
 * the gradient is a convolution of the output gradient with these taps, rotated by 180°.
 */
function integerConv2dInputGradient(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  scales: tf.TensorInfo | undefined,
  attributes: InputGradientAttributes,
): tf.TensorInfo {
  const { inputShape, largest } = attributes;
  const info = windowsOf(inputShape, filter.shape as Shape4D, attributes);
  const dx = backend.makeOutput(inputShape, 'float32');
  const { inChannels, outChannels, strideHeight, strideWidth, padInfo } = info;
  const rowsOfTaps = tapsOf(info.inHeight, info.filterHeight, strideHeight, padInfo.top);
  const columnsOfTaps = tapsOf(info.inWidth, info.filterWidth, strideWidth, padInfo.left);
  const tapSize = inChannels * outChannels;
  for (const rows of rowsOfTaps) {
    for (const columns of columnsOfTaps) {
      const lastTap = rows.last * info.filterWidth + columns.last;
      const windows = {
        ...info,
        inHeight: info.outHeight,
        inWidth: info.outWidth,
        inChannels: outChannels,
        filterHeight: rows.count,
        filterWidth: columns.count,
        outHeight: rows.pixels,
        outWidth: columns.pixels,
        strideHeight: 1,
        strideWidth: 1,
        padInfo: { ...padInfo, top: rows.padding, left: columns.padding },
      };
      const matrix = {
        address: addressOf(backend, filter) + lastTap * tapSize * 4,
        columns: inChannels,
        columnStride: outChannels,
        depth: outChannels,
        depthStride: 1,
        taps: {
          rows: rows.count,
          rowStride: -strideHeight * info.filterWidth * tapSize,
          columns: columns.count,
          columnStride: -strideWidth * tapSize,
        },
      };
      const first = [rows.first, columns.first] as const;
      const step = [strideHeight, strideWidth] as const;
      multiplyWindows(backend, dy, { windows, matrix, first, step, scales, largest }, dx);
    }
  }
  return dx;
}

/**
 * Pixels `first`, `first + stride` … along an axis, and the taps of the filter whose windows reach
 * them.
 */
interface Taps {
  readonly first: number;
  readonly pixels: number;
  readonly count: number;
  /** The last tap; the others are `stride` apart before it. */
  readonly last: number;
  /**
   * Distance of the output pixel that this tap connects with pixel `first` from the first output
   * pixel, counted backwards.
   */
  readonly padding: number;
}

function tapsOf(size: number, filterSize: number, stride: number, padding: number): Taps[] {
  return Array.from({ length: Math.min(size, stride) }, (_, first) => {
    const phase = (first + padding) % stride;
    const count = Math.max(0, Math.ceil((filterSize - phase) / stride));
    const last = phase + (count - 1) * stride;
    return {
      first,
      pixels: Math.ceil((size - first) / stride),
      count,
      // Without taps, the filter is not read.
      last: count === 0 ? 0 : last,
      padding: count === 0 ? 0 : (last - first - padding) / stride,
    };
  });
}

/** Multiplies the windows of all images; the target's channels are the matrix's columns. */
function multiplyWindows(
  backend: WasmBackend,
  images: tf.TensorInfo,
  { windows: info, matrix, first, step, scales, largest }: WindowProduct,
  target: tf.TensorInfo,
): void {
  const [n, height, width, channels] = target.shape as Shape4D;
  const imageBytes = info.inHeight * info.inWidth * info.inChannels * 4;
  const targetBytes = height * width * channels * 4;
  const places = Int32Array.of(height, width, ...first, ...step);
  const examplesPerCall = Math.ceil(rowsPerCall / Math.max(1, info.outHeight * info.outWidth));
  const [source, goal] = [addressOf(backend, images), addressOf(backend, target)];
  withPackedColumns(backend, matrix, largest, (packed, bytes) =>
    withWindows(backend, info, (windows) =>
      withNumbers(backend, places, (placeStart) =>
        withProductScales(backend, scales, n, (scaleStart) => {
          const calls: WasmCall<'integerConv2d'>[] = [];
          for (let i = 0; i < n; i += examplesPerCall) {
            calls.push([
              windows,
              placeStart,
              source + i * imageBytes,
              Math.min(examplesPerCall, n - i),
              packed,
              channels,
              scaleStart + i * 4,
              goal + i * targetBytes,
            ]);
          }
          const module = wasmModule(backend);
          if (bytes) {
            const byteCalls = calls.map((call): WasmCall<'byteConv2d'> => [
              ...call,
              bytes.steps,
              bytes.offset,
            ]);
            runCalls(backend, 'byteConv2d', byteCalls, module.byteConv2dScratch(windows));
          } else {
            runCalls(backend, 'integerConv2d', calls, module.integerConv2dScratch(windows));
          }
        }),
      ),
    ),
  );
}

export const integerConv2dConfigs: readonly OperationKernel[] = [
  integerOperations.conv2d.on(wasmBackend, (backend, { x, filter, scales }, attributes) =>
    integerConv2d(backend, x, filter, scales, attributes),
  ),
  integerOperations.conv2dInputGradient.on(
    wasmBackend,
    (backend, { dy, filter, scales }, attributes) =>
      integerConv2dInputGradient(backend, dy, filter, scales, attributes),
  ),
];
