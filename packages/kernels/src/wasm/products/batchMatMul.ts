import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { runCalls, type WasmCall } from '../module/runCalls.ts';
import { wasmModule } from '../module/wasmModule.ts';
import { rowsOfShare, threadCount } from '../threads/threadPool.ts';
import { addressOf, wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

/** With fewer rows than this, most of the time is spent on packing the second operand. */
const fewestRows = 8;

/** A product of fewer multiplications is finished before another thread has woken up. */
const fewestMultiplicationsToShare = 2 ** 20;

type MatMulKernel = KernelOf<typeof tensorflowOperations.batchMatMul, WasmBackend>;

/**
 * C = A·B over the last two axes in float32, where the backend's own kernel has plain loops for
 * batches and transposed operands. Few rows times a matrix that is not transposed stay with the
 * stock kernel.
 *
 * @param stock the backend's own kernel
 */
function matMulKernel(stock: MatMulKernel): MatMulKernel {
  return (backend, inputs, attributes) => {
    const { a, b } = inputs;
    const { transposeA, transposeB } = attributes;
    const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
    const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
    const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const [inner, n] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
    const aBatch = a.shape.slice(0, -2);
    const bBatch = b.shape.slice(0, -2);
    const batch = tf.broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
    const products = tf.util.sizeFromShape(batch);
    const isPlain = products === 1 && !transposeA && !transposeB;
    const isFloat = a.dtype === 'float32' && b.dtype === 'float32';
    if (!isFloat || (k > 0 && isPlain && m < fewestRows)) return stock(backend, inputs, attributes);
    tf.util.assert(
      k === inner,
      () =>
        `matMul: expected inner dimensions that agree, got ${k} of [${a.shape.join(', ')}] and ` +
        `${inner} of [${b.shape.join(', ')}], transposed ${transposeA} and ${transposeB}`,
    );

    // Empty sums, for which the stock kernel returns uninitialized memory.
    if (k === 0) return tf.zeros([...batch, m, n]);
    const [aRowStride, aColumnStride] = transposeA ? [1, m] : [k, 1];
    const [bRowStride, bColumnStride] = transposeB ? [1, k] : [n, 1];
    const product = backend.makeOutput([...batch, m, n], 'float32');
    const [aStart, bStart] = [addressOf(backend, a), addressOf(backend, b)];
    const cStart = addressOf(backend, product);
    const rows = rowsPerCall(backend, m, n * k, products);
    const calls: WasmCall<'matMul'>[] = [];
    for (let i = 0; i < products; i++) {
      const aMatrix = aStart + matrixOf(i, aBatch, batch) * m * k * 4;
      const bMatrix = bStart + matrixOf(i, bBatch, batch) * k * n * 4;
      for (let row = 0; row < m; row += rows) {
        calls.push([
          aMatrix + row * aRowStride * 4,
          aRowStride,
          aColumnStride,
          bMatrix,
          bRowStride,
          bColumnStride,
          cStart + (i * m + row) * n * 4,
          Math.min(rows, m - row),
          n,
          k,
        ]);
      }
    }
    runCalls(backend, 'matMul', calls, wasmModule(backend).matMulScratch(n, k));
    return product;
  };
}

/**
 * Rows of C that one call computes: all of them, unless threads would be idle. Each call packs B,
 * and a row's sums do not depend on the others.
 */
function rowsPerCall(backend: WasmBackend, m: number, rowWork: number, products: number): number {
  const isShared = products < threadCount(backend) && m * rowWork >= fewestMultiplicationsToShare;
  return isShared ? rowsOfShare(backend, m) : m;
}

/** Index of the operand's matrix for product `i`, where axes of its batch are broadcast. */
function matrixOf(i: number, operandBatch: number[], batch: number[]): number {
  let matrix = 0;
  let stride = 1;
  for (let axis = 1; axis <= batch.length; axis++) {
    const size = batch.at(-axis)!;
    const own = operandBatch.at(-axis) ?? 1;
    if (own > 1) matrix += (i % size) * stride;
    stride *= own;
    i = Math.floor(i / size);
  }
  return matrix;
}

export const batchMatMulWrapper = tensorflowOperations.batchMatMul.around(
  wasmBackend,
  matMulKernel,
);
