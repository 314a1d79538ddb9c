import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations } from '@dpquant/operations';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

/** Columns of one call: one cache line of each row. */
const columnsOfCall = 16;

/**
 * Sums of the slices of x that have the same segment number: the gradient of a lookup. Slices whose
 * number is out of range are left out. The WASM backend has no such kernel.
 *
 * @param x [n, …]
 * @param segmentIds [n]
 * @returns [numSegments, …]
 */
function unsortedSegmentSum(
  backend: WasmBackend,
  x: tf.Tensor,
  segmentIds: tf.Tensor,
  numSegments: number,
): tf.TensorInfo {
  const shape = [numSegments, ...x.shape.slice(1)];
  if (x.size === 0) return tf.zeros(shape, x.dtype);
  // Converts types that the module does not have, and converts the result back.
  if (x.dtype !== 'float32' || segmentIds.dtype !== 'int32') {
    return tf.tidy(() => {
      const [values, ids] = [tf.cast(x, 'float32'), tf.cast(segmentIds, 'int32')];
      return tf.cast(tf.unsortedSegmentSum(values, ids as tf.Tensor1D, numSegments), x.dtype);
    });
  }
  const sums = backend.makeOutput(shape, 'float32');
  const rows = segmentIds.size;
  const rowSize = x.size / rows;
  const [values, ids] = [addressOf(backend, x), addressOf(backend, segmentIds)];
  const target = addressOf(backend, sums);
  const calls: WasmCall<'segmentSum'>[] = [];
  for (let first = 0; first < rowSize; first += columnsOfCall) {
    const columns = Math.min(columnsOfCall, rowSize - first);
    calls.push([values, ids, rows, rowSize, numSegments, first, columns, target]);
  }
  const scratch = wasmModule(backend).segmentSumScratch(
    numSegments,
    Math.min(columnsOfCall, rowSize),
  );
  runCalls(backend, 'segmentSum', calls, scratch);
  return sums;
}

export const unsortedSegmentSumConfig = tensorflowOperations.unsortedSegmentSum.on(
  wasmBackend,
  (backend, { x, segmentIds }, { numSegments }) =>
    unsortedSegmentSum(backend, x as tf.Tensor, segmentIds as tf.Tensor1D, numSegments),
);
