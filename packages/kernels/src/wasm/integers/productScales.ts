import * as tf from '@tensorflow/tfjs-core';
import { addressOf, memoryOf, withNumbers, type WasmBackend } from '../module/wasmBackend.ts';

/**
 * Calls `use` with the address of `count` scales of a product. A tensor with fewer scales has each
 * one repeated for an equal share of the products; without a tensor all scales are 1.
 */
export function withProductScales<T>(
  backend: WasmBackend,
  scales: tf.TensorInfo | undefined,
  count: number,
  use: (address: number) => T,
): T {
  if (scales === undefined) return withNumbers(backend, new Float32Array(count).fill(1), use);
  const address = addressOf(backend, scales);
  const size = tf.util.sizeFromShape(scales.shape);
  if (size === count) return use(address);
  const given = new Float32Array(memoryOf(backend).buffer, address, size);
  const ofAll = new Float32Array(count);
  for (let i = 0; i < size; i++) {
    ofAll.fill(given[i]!, (i * count) / size, ((i + 1) * count) / size);
  }
  return withNumbers(backend, ofAll, use);
}
