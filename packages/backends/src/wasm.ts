import * as tf from '@tensorflow/tfjs-core';
import { BackendUnavailableError, noFeatures, type Backend } from './backend.ts';
import { activate, loadPackage } from './loadPackage.ts';

/**
 * WebAssembly with SIMD.
 *
 * @param defaultPath where the package's `.wasm` files are; null: beside the script
 */
export function wasm(defaultPath: () => string | null): Backend {
  return {
    name: 'wasm',
    isAutomatic: true,
    async start({ wasmPath = defaultPath() ?? undefined }) {
      const { setWasmPaths } = await loadPackage(
        '@tensorflow/tfjs-backend-wasm',
        () => import('@tensorflow/tfjs-backend-wasm'),
      );
      if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
        throw new BackendUnavailableError(
          'wasm: this runtime has no WebAssembly SIMD; use a newer one, or the backend cpu',
        );
      }
      // Its own threads: in Node they cannot start, and our kernels know one memory, which is not shared.
      tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
      // Its files are read once: what comes later is refused.
      const isLoaded = tf.engine().registry['wasm'] !== undefined;
      if (wasmPath !== undefined && !isLoaded) setWasmPaths(wasmPath);
      await activate('wasm');
      return {
        tensorflowName: 'wasm',
        device: 'WebAssembly with SIMD, one thread',
        isSoftware: false,
        features: { ...noFeatures, simd: true },
      };
    },
  };
}
