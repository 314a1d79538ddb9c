import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';

interface Attributes {
  readonly dtype: tf.DataType;
  readonly onValue: number;
  readonly offValue: number;
}

/**
 * One-hot rows of any type. The stock kernel writes int32, whatever the type: a float32 of 1
 * becomes 1.4e-45.
 *
 * @param stock the backend's own kernel
 */
function oneHotKernel(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { dtype, onValue, offValue } = call.attrs as unknown as Attributes;
    if (dtype === 'int32') return stock(call);
    const backend = call.backend as WasmBackend;
    const attrs = { ...call.attrs, dtype: 'int32', onValue: 1, offValue: 0 };
    const places = stock({ ...call, attrs }) as tf.TensorInfo;
    const result = backend.makeOutput(places.shape, dtype);
    const isOn = backend.typedArrayFromHeap(places);
    const target = backend.typedArrayFromHeap(result);
    for (let i = 0; i < isOn.length; i++) target[i] = isOn[i] === 1 ? onValue : offValue;
    backend.disposeData(places.dataId);
    return result;
  };
}

export const oneHotWrapper = { kernelName: tf.OneHot, backendName: 'wasm', wrap: oneHotKernel };
