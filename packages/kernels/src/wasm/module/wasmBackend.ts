import type * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from '@dpquant/operations';
import { exhausted } from './exhausted.ts';

/** The part of TensorFlow.js's WASM backend that the kernels use. */
export interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory?: WebAssembly.Memory };
    /** The build with threads has its memory here. */
    readonly wasmMemory?: WebAssembly.Memory;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** Called when the module aborts. */
    onAbort?: () => void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  /** Adds a reference of a tensor to these values. */
  incRef(dataId: object): void;
  /** Removes a reference to these values, which are freed with the last one. */
  disposeData(dataId: object): boolean;
  /** A view of a tensor's values, valid until the memory grows. */
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

export const wasmBackend = backendNamed<WasmBackend>('wasm');

/** The memory in which the backend's tensors lie. */
export function memoryOf({ wasm }: WasmBackend): WebAssembly.Memory {
  const memory = wasm.asm.memory ?? wasm.wasmMemory;
  if (!memory) {
    throw new Error(
      'wasm: the backend does not expose its memory; use TensorFlow.js 4.22, which does',
    );
  }
  return memory;
}

/** Address of a tensor's values in the backend's memory. It does not change. */
export function addressOf(backend: WasmBackend, { dataId }: tf.TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/**
 * Calls `use` with memory that is freed afterwards.
 *
 * @throws RangeError when the backend's memory, at most 4 GB, is exhausted
 */
export function withScratch<T>(
  { wasm }: WasmBackend,
  bytes: number,
  use: (address: number) => T,
): T {
  const address = wasm._malloc(bytes);
  if (address === 0) {
    throw exhausted(`${bytes} bytes`);
  }
  try {
    return use(address);
  } finally {
    wasm._free(address);
  }
}

/** Calls `use` with the address of a copy of the values in the backend's memory. */
export function withNumbers<T>(
  backend: WasmBackend,
  values: Int32Array | Float32Array,
  use: (address: number) => T,
): T {
  return withScratch(backend, values.byteLength, (address) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(memoryOf(backend).buffer, address, values.byteLength).set(bytes);
    return use(address);
  });
}
