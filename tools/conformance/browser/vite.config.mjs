import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  logLevel: 'warn',
  // The packages load parts on demand, which Vite's default for workers cannot divide.
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
});
