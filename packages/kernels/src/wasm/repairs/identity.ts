import { tensorflowOperations, type KernelOf } from '@dpquant/operations';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

type IdentityKernel = KernelOf<typeof tensorflowOperations.identity, WasmBackend>;

/**
 * A clone that shares its values with the original, as on other backends. The stock kernel copies
 * the values of every tensor that a gradient tape saves.
 *
 * @param stock the backend's own kernel
 */
function identityKernel(stock: IdentityKernel): IdentityKernel {
  return (backend, inputs, attributes) => {
    const { dataId, shape, dtype } = inputs.x;
    if (dtype === 'string') return stock(backend, inputs, attributes);
    backend.incRef(dataId);
    return { dataId, shape, dtype };
  };
}

export const identityWrapper = tensorflowOperations.identity.around(wasmBackend, identityKernel);
