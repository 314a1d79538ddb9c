import { startBackend } from '@dpquant/backends';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { casesWith } from '../src/allCases.mjs';
import { runSuite } from '../src/runSuite.mjs';

/** The bundler's URLs. */
const wasmFiles = { simd, threadedSimd };

globalThis.onmessage = async ({ data: { backend, only } }) => {
  try {
    const [report] = await runSuite({
      cases: casesWith(only),
      backendNames: [backend],
      isWhole: only === '',
      startBackend: (name, options) => startBackend(name, { ...options, wasmFiles }),
      onResult: (_, result) => globalThis.postMessage({ result }),
    });
    globalThis.postMessage({ report });
  } catch (error) {
    globalThis.postMessage({ error: error.stack ?? String(error) });
  }
};
