import { defineConfig } from 'vite';
import { digits } from './build/digits.ts';

/**
 * Cross-origin isolation: threads of WebAssembly share memory, which browsers allow only to such
 * pages. A host that serves the build sends them too; without them training runs on one thread.
 */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // Parts that are loaded on demand.
  worker: { format: 'es', plugins: () => [digits()] },
  build: { target: 'es2022', chunkSizeWarningLimit: 3000 },
  server: { host: '127.0.0.1', headers },
  preview: { host: '127.0.0.1', headers },
});
