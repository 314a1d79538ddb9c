import type * as tf from '@tensorflow/tfjs-core';
import { integerOperations, type ScaledProductAttributes } from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';
import { withPackedColumns } from './integerColumns.ts';
import { withProductScales } from './productScales.ts';

interface Attributes extends ScaledProductAttributes {
  readonly transposeB: boolean;
}

/** Rows that one call multiplies. */
const rowsPerCall = 64;

/** See `integerOperations` of quantization, which defines what it computes. */
function integerMatMul(
  backend: WasmBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  scales: tf.TensorInfo | undefined,
  { transposeB, largest }: Attributes,
): tf.TensorInfo {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[transposeB ? 0 : 1]!;
  const product = backend.makeOutput([m, n], 'float32');
  const [rows, target] = [addressOf(backend, a), addressOf(backend, product)];
  const matrix = {
    address: addressOf(backend, b),
    columns: n,
    columnStride: transposeB ? k : 1,
    depth: k,
    depthStride: transposeB ? 1 : n,
  };
  withPackedColumns(backend, matrix, largest, (packed, bytes) =>
    withProductScales(backend, scales, m, (scaleStart) => {
      const calls: WasmCall<'integerMatMul'>[] = [];
      for (let row = 0; row < m; row += rowsPerCall) {
        calls.push([
          rows + row * k * 4,
          Math.min(rowsPerCall, m - row),
          k,
          packed,
          n,
          scaleStart + row * 4,
          target + row * n * 4,
        ]);
      }
      const module = wasmModule(backend);
      if (bytes) {
        const byteCalls = calls.map((call): WasmCall<'byteMatMul'> => [
          ...call,
          bytes.steps,
          bytes.offset,
        ]);
        runCalls(backend, 'byteMatMul', byteCalls, module.byteMatMulScratch(k));
      } else {
        runCalls(backend, 'integerMatMul', calls, module.integerMatMulScratch(k));
      }
    }),
  );
  return product;
}

export const integerMatMulConfig = integerOperations.matMul.on(
  wasmBackend,
  (backend, { a, b, scales }, attributes) => integerMatMul(backend, a, b, scales, attributes),
);
