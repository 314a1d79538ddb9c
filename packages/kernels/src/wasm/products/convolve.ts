import type * as tf from '@tensorflow/tfjs-core';
import { withPackedColumns, type RightMatrix } from './packedColumns.ts';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, type WasmBackend } from '../module/wasmBackend.ts';
import { withWindows, type WindowGeometry } from './windows.ts';

/** Fewest windows of a call: with fewer, reading the filter again for each call takes too long. */
const windowsOfCall = 128;

/**
 * The unfolded windows of images times a filter, window after window.
 *
 * @param x `n` images, NHWC
 * @param filter [values of a window, channels out]
 * @param shape of the output, NHWC
 */
export function convolve(
  backend: WasmBackend,
  x: tf.TensorInfo,
  filter: RightMatrix,
  geometry: WindowGeometry,
  shape: number[],
): tf.TensorInfo {
  const y = backend.makeOutput(shape, 'float32');
  const count = shape[0]! * geometry.outHeight * geometry.outWidth;
  const [images, target] = [addressOf(backend, x), addressOf(backend, y)];
  withPackedColumns(backend, filter, (packed) => {
    withWindows(backend, geometry, (windows) => {
      const calls: WasmCall<'conv2d'>[] = [];
      for (let first = 0; first < count; first += windowsOfCall) {
        const end = Math.min(count, first + windowsOfCall);
        calls.push([windows, images, packed, filter.columns, first, end, target]);
      }
      runCalls(backend, 'conv2d', calls, wasmModule(backend).conv2dScratch(windows));
    });
  });
  return y;
}
