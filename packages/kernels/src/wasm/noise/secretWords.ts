import { memoryOf, withScratch, type WasmBackend } from '../module/wasmBackend.ts';

/**
 * Calls `use` with the address of a copy of secret words, which is overwritten afterwards in any
 * case.
 */
export function withSecretWords<T>(
  backend: WasmBackend,
  words: Uint32Array,
  use: (address: number) => T,
): T {
  return withScratch(backend, words.byteLength, (address) => {
    // Creates a new view each time, because old views are invalid after memory has grown.
    const copy = () => new Uint32Array(memoryOf(backend).buffer, address, words.length);
    copy().set(words);
    try {
      return use(address);
    } finally {
      copy().fill(0);
    }
  });
}
