import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

type OneHotKernel = KernelOf<typeof tensorflowOperations.oneHot, WasmBackend>;

/**
 * One-hot rows of any type. The stock kernel writes int32, whatever the type: a float32 of 1
 * becomes 1.4e-45.
 *
 * @param stock the backend's own kernel
 */
function oneHotKernel(stock: OneHotKernel): OneHotKernel {
  return (backend, inputs, attributes) => {
    const { dtype, onValue, offValue } = attributes;
    if (dtype === 'int32') return stock(backend, inputs, attributes);
    const ofPlaces = { ...attributes, dtype: 'int32', onValue: 1, offValue: 0 } as const;
    const places = stock(backend, inputs, ofPlaces);
    const result = backend.makeOutput(places.shape, dtype);
    const isOn = backend.typedArrayFromHeap(places);
    const target = backend.typedArrayFromHeap(result);
    for (let i = 0; i < isOn.length; i++) target[i] = isOn[i] === 1 ? onValue : offValue;
    backend.disposeData(places.dataId);
    return result;
  };
}

export const oneHotWrapper = tensorflowOperations.oneHot.around(wasmBackend, oneHotKernel);
