import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';

/**
 * What is not zero is true. The stock kernel cuts numbers off to a byte: 0.5 becomes false, and 2
 * stays 2, which logical operations take for neither.
 *
 * @param stock the backend's own kernel
 */
function castKernel(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const x = call.inputs['x']!;
    const { dtype } = call.attrs as unknown as { dtype: tf.DataType };
    if (dtype !== 'bool' || x.dtype === 'bool') return stock(call);
    const backend = call.backend as WasmBackend;
    const truths = backend.makeOutput(x.shape, 'bool');
    const values = backend.typedArrayFromHeap(x);
    const target = backend.typedArrayFromHeap(truths);
    for (let i = 0; i < values.length; i++) target[i] = values[i] === 0 ? 0 : 1;
    return truths;
  };
}

export const castWrapper = { kernelName: tf.Cast, backendName: 'wasm', wrap: castKernel };
