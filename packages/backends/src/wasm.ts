import * as tf from '@tensorflow/tfjs-core';
import { guardMemory, startThreads } from '@dpquant/kernels';
import {
  BackendUnavailableError,
  noFeatures,
  type Backend,
  type ProductChoice,
} from './backend.ts';
import { activate, loadPackage } from './loadPackage.ts';
import { canShareMemory, inOwnMemory, inSharedMemory } from './sharedMemory.ts';

/** More threads than this find too little to do: much of a step runs on one. */
const mostThreads = 16;

const integersAreFaster: ProductChoice = {
  arithmetic: 'integer',
  reason: 'always faster than float32 on WebAssembly',
};

/**
 * WebAssembly with SIMD.
 *
 * @param defaultPath where the package's `.wasm` files are; null: beside the script
 * @param cores that the process may use
 */
export function wasm(defaultPath: () => string | null, cores: () => number): Backend {
  return {
    name: 'wasm',
    isAutomatic: true,
    async start({ wasmPath = defaultPath() ?? undefined, threads }) {
      const wanted = threads ?? Math.min(cores(), mostThreads);
      if (!Number.isInteger(wanted) || wanted < 1) {
        throw new RangeError(`threads: expected a positive integer, got ${wanted}`);
      }
      const { setWasmPaths, setThreadsCount } = await loadPackage(
        '@tensorflow/tfjs-backend-wasm',
        () => import('@tensorflow/tfjs-backend-wasm'),
      );
      if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
        throw new BackendUnavailableError(
          'wasm: this runtime has no WebAssembly SIMD; use a newer one, or the backend cpu',
        );
      }
      // Its files are read once: what comes later is refused.
      const isLoaded = tf.engine().registry['wasm'] !== undefined;
      if (wasmPath !== undefined && !isLoaded) setWasmPaths(wasmPath);
      const isShared = wanted > 1 && canShareMemory();
      const start = () => activate('wasm');
      await (isShared ? inSharedMemory(setThreadsCount, start) : inOwnMemory(start));
      guardMemory();
      const stopThreads = isShared ? await startThreads(wanted) : undefined;
      const alone =
        wanted > 1 ? 'one thread, since the page is not cross-origin isolated' : 'one thread';
      return {
        tensorflowName: 'wasm',
        device: `WebAssembly with SIMD, ${isShared ? `${wanted} threads` : alone}`,
        isSoftware: false,
        features: { ...noFeatures, simd: true, threads: isShared ? wanted : 1 },
        integerProducts: { preferred: () => Promise.resolve(integersAreFaster) },
        release: () => stopThreads?.(),
      };
    },
  };
}
