import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel, Shape4D, WindowAttributes } from '@dpquant/operations';
import { roundedSumOperations, type RoundedSumAttributes } from '@dpquant/quantization';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { rowsOfShare } from '../threads/threadPool.ts';
import { addressOf, wasmBackend, withNumbers, type WasmBackend } from '../module/wasmBackend.ts';
import { windowsOf, withWindows } from '../products/windows.ts';
import {
  integerConv2dWeightGradient,
  integerMatMulWeightGradient,
} from '../integers/integerWeightGradient.ts';

interface Conv2DAttributes extends RoundedSumAttributes, WindowAttributes {
  readonly filterShape: Shape4D;
}

/**
 * Each call computes a part of the sum with at most this many rows and columns, so that it stays in
 * the cache from one example to the next. At a single position examples are summed in registers:
 * rows are as many as each thread gets.
 */
const rowsOfCall = 144;
const columnsOfCall = 256;

/** A part of the sum: rows `firstRow` to `endRow`, columns `firstColumn` to `endColumn`. */
type Part = readonly [firstRow: number, endRow: number, firstColumn: number, endColumn: number];

function partsOf(backend: WasmBackend, positions: number, p: number, d: number): Part[] {
  const share = rowsOfShare(backend, p);
  const step = positions === 1 ? share : Math.min(rowsOfCall, share);
  const parts: Part[] = [];
  for (let row = 0; row < p; row += step) {
    for (let column = 0; column < d; column += columnsOfCall) {
      parts.push([
        ...([row, Math.min(p, row + step)] as const),
        ...([column, Math.min(d, column + columnsOfCall)] as const),
      ]);
    }
  }
  return parts;
}

/** See `roundedSumOperations` of quantization, which defines what it computes. */
function matMulRoundedSum(
  backend: WasmBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: RoundedSumAttributes,
): tf.TensorInfo {
  const { factors, areIntegers } = attributes;
  if (areIntegers) return integerMatMulWeightGradient(backend, a, dy, attributes, 'int32');
  const [n, p] = [a.shape[0]!, a.shape.at(-1)!];
  const d = dy.shape.at(-1)!;
  const positions = tf.util.sizeFromShape(a.shape.slice(1, -1));
  const sum = backend.makeOutput([p, d], 'int32');
  withNumbers(backend, factors, (factorStart) => {
    const operands = [addressOf(backend, a), addressOf(backend, dy), n, positions, p, d] as const;
    const target = addressOf(backend, sum);
    const calls = partsOf(backend, positions, p, d).map((part): WasmCall<'matMulRoundedSum'> => [
      ...operands,
      factorStart,
      ...part,
      target,
    ]);
    const columns = Math.min(d, columnsOfCall);
    const scratchBytes = wasmModule(backend).roundedSumScratch(n, positions, columns);
    runCalls(backend, 'matMulRoundedSum', calls, scratchBytes);
  });
  return sum;
}

/** See `roundedSumOperations` of quantization, which defines what it computes. */
function conv2dRoundedSum(
  backend: WasmBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: Conv2DAttributes,
): tf.TensorInfo {
  const { factors, areIntegers, filterShape } = attributes;
  if (areIntegers) return integerConv2dWeightGradient(backend, x, dy, attributes, 'int32');
  const info = windowsOf(x.shape as Shape4D, filterShape, attributes);
  const { batchSize: n, outHeight, outWidth, outChannels: d } = info;
  const p = info.filterHeight * info.filterWidth * info.inChannels;
  const positions = outHeight * outWidth;
  const sum = backend.makeOutput(filterShape, 'int32');
  withNumbers(backend, factors, (factorStart) =>
    withWindows(backend, info, (windows) => {
      const operands = [windows, addressOf(backend, x), addressOf(backend, dy), n, d] as const;
      const target = addressOf(backend, sum);
      const calls = partsOf(backend, positions, p, d).map((part): WasmCall<'conv2dRoundedSum'> => [
        ...operands,
        factorStart,
        ...part,
        target,
      ]);
      const columns = Math.min(d, columnsOfCall);
      const scratchBytes = wasmModule(backend).roundedSumScratch(n, positions, columns);
      runCalls(backend, 'conv2dRoundedSum', calls, scratchBytes);
    }),
  );
  return sum;
}

export const roundedSumConfigs: readonly OperationKernel[] = [
  roundedSumOperations.matMul.on(wasmBackend, (backend, { a, dy }, attributes) =>
    matMulRoundedSum(backend, a, dy, attributes),
  ),
  roundedSumOperations.conv2d.on(wasmBackend, (backend, { x, dy }, attributes) =>
    conv2dRoundedSum(backend, x, dy, attributes),
  ),
];
