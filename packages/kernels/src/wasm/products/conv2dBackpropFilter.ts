import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type Shape4D, type WindowAttributes } from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { rowsOfShare } from '../threads/threadPool.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { windowsOf, withWindows } from './windows.ts';

interface Attributes extends WindowAttributes {
  readonly filterShape: Shape4D;
}

/**
 * Each call computes a part of the filter gradient with at most this many rows and columns, so that
 * it stays in the cache.
 */
const rowsOfCall = 72;
const columnsOfCall = 256;

/**
 * The filter gradient, which the WASM backend lacks: the unfolded windows, transposed, times the
 * output gradients, summed over the batch in its order.
 */
export function conv2dBackpropFilter(
  backend: WasmBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: Attributes,
): tf.TensorInfo {
  const { filterShape } = attributes;
  const forward = windowsOf(x.shape as Shape4D, filterShape, attributes);
  const info = windowsOfGradients(forward, dy);
  if (tf.util.sizeFromShape(dy.shape) === 0) return tf.zeros(filterShape);
  const dw = backend.makeOutput(filterShape, 'float32');
  const [images, gradients, target] = [x, dy, dw].map((each) => addressOf(backend, each)) as [
    number,
    number,
    number,
  ];
  const d = filterShape[3];
  const rows = filterShape[0] * filterShape[1] * filterShape[2];
  withWindows(backend, info, (windows) => {
    const calls: WasmCall<'conv2dFilterGradient'>[] = [];
    const step = Math.min(rowsOfCall, rowsOfShare(backend, rows));
    for (let row = 0; row < rows; row += step) {
      for (let column = 0; column < d; column += columnsOfCall) {
        const [endRow, endColumn] = [
          Math.min(rows, row + step),
          Math.min(d, column + columnsOfCall),
        ];
        calls.push([
          ...([windows, images, gradients, info.batchSize, d] as const),
          ...([row, endRow, column, endColumn, target] as const),
        ]);
      }
    }
    const module = wasmModule(backend);
    const scratch = module.conv2dFilterGradientScratch(windows, Math.min(d, columnsOfCall));
    runCalls(backend, 'conv2dFilterGradient', calls, scratch);
  });
  return dw;
}

export const conv2dBackpropFilterConfig = tensorflowOperations.conv2dBackpropFilter.on(
  wasmBackend,
  (backend, { x, dy }, attributes) => conv2dBackpropFilter(backend, x, dy, attributes),
);
