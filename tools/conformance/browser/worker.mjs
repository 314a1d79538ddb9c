import { startBackend } from '@dpquant/backends';
import { casesWith } from '../src/allCases.mjs';
import { runSuite } from '../src/runSuite.mjs';

/** Beside the page lies what `vite.config.mjs` puts there. */
const wasmPath = new URL('./', globalThis.location.href.replace(/assets\/.*$/, '')).href;

globalThis.onmessage = async ({ data: { backend, only } }) => {
  try {
    const [report] = await runSuite({
      cases: casesWith(only),
      backendNames: [backend],
      isWhole: only === '',
      startBackend: (name, options) => startBackend(name, { ...options, wasmPath }),
      onResult: (_, result) => globalThis.postMessage({ result }),
    });
    globalThis.postMessage({ report });
  } catch (error) {
    globalThis.postMessage({ error: error.stack ?? String(error) });
  }
};
