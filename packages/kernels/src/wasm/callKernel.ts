import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../simd/wasmBackend.ts';

/**
 * Calls another kernel that is registered for the WASM backend, from within one. The caller owns
 * the result.
 */
export function callKernel(
  kernelName: string,
  backend: WasmBackend,
  inputs: tf.NamedTensorInfoMap,
  attrs: object = {},
): tf.TensorInfo {
  const kernel = tf.getKernel(kernelName, 'wasm');
  if (!kernel)
    throw new Error(`wasm: ${kernelName} is not registered; import @tensorflow/tfjs-backend-wasm`);
  return kernel.kernelFunc({ inputs, backend, attrs: attrs as tf.NamedAttrMap }) as tf.TensorInfo;
}
