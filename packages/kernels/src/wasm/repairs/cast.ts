import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

type CastKernel = KernelOf<typeof tensorflowOperations.cast, WasmBackend>;

/**
 * Every value other than zero is true. The stock kernel truncates numbers to a byte: 0.5 becomes
 * false, and 2 stays 2, which logical operations treat as neither true nor false.
 *
 * @param stock the backend's own kernel
 */
function castKernel(stock: CastKernel): CastKernel {
  return (backend, inputs, attributes) => {
    const { x } = inputs;
    const isToBool = attributes.dtype === 'bool' && x.dtype !== 'bool';
    if (!isToBool) return stock(backend, inputs, attributes);
    const truths = backend.makeOutput(x.shape, 'bool');
    const values = backend.typedArrayFromHeap(x);
    const target = backend.typedArrayFromHeap(truths);
    for (let i = 0; i < values.length; i++) target[i] = values[i] === 0 ? 0 : 1;
    return truths;
  };
}

export const castWrapper = tensorflowOperations.cast.around(wasmBackend, castKernel);
