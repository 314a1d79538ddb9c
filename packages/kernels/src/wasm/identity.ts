import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';

/**
 * A clone that shares its values with the original, as on other backends. The stock kernel copies them, for
 * each tensor that a tape saves.
 *
 * @param stock the backend's own kernel
 */
function identityKernel(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { dataId, shape, dtype } = call.inputs['x']!;
    if (dtype === 'string') return stock(call);
    (call.backend as WasmBackend).incRef(dataId);
    return { dataId, shape, dtype };
  };
}

export const identityWrapper = {
  kernelName: tf.Identity,
  backendName: 'wasm',
  wrap: identityKernel,
};
