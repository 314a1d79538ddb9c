import type * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../wasm/module/wasmBackend.ts';

/**
 * The part of a backend that kernels need, with memory that is never freed. Outputs of `makeOutput`
 * are NaN, or −1, in all values.
 */
export function backendOf(memory: WebAssembly.Memory): WasmBackend {
  let free = 1024;
  const addresses = new Map<object, number>();
  const allocate = (bytes: number) => {
    const address = free;
    free = Math.ceil((free + bytes) / 16) * 16;
    const missing = free - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return address;
  };
  return {
    wasm: { asm: { memory }, _malloc: allocate, _free: () => undefined },
    dataIdMap: { get: (dataId) => ({ memoryOffset: addresses.get(dataId) ?? 0 }) },
    incRef: () => undefined,
    disposeData: () => true,
    typedArrayFromHeap({ dataId, shape, dtype }: tf.TensorInfo) {
      const values = dtype === 'int32' ? Int32Array : Float32Array;
      return new values(
        memory.buffer,
        addresses.get(dataId),
        shape.reduce((a, b) => a * b, 1),
      );
    },
    makeOutput(shape, dtype) {
      const dataId = {};
      const bytes = shape.reduce((a, b) => a * b, 4);
      addresses.set(dataId, allocate(bytes));
      new Uint8Array(memory.buffer, addresses.get(dataId), bytes).fill(255);
      return { shape, dtype, dataId };
    },
  };
}

/** The same in memory that threads share. */
export function sharedBackend(): WasmBackend {
  return backendOf(new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }));
}
