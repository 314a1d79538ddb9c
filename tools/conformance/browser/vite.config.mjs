import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vite';

/** For one thread, and for several. */
const wasmFiles = ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm-threaded-simd.wasm'];

/** The backend reads its modules from beside the page, under their own names. */
const wasmBesideThePage = {
  name: 'wasm-beside-the-page',
  generateBundle() {
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    for (const fileName of wasmFiles) {
      const source = readFileSync(join(dirname(entry), fileName));
      this.emitFile({ type: 'asset', fileName, source });
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  worker: { format: 'es' },
  build: {
    outDir: '../dist/browser',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 3000,
  },
  preview: {
    host: '127.0.0.1',
    // Cross-origin isolation: what threads of WebAssembly need.
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  plugins: [wasmBesideThePage],
});
