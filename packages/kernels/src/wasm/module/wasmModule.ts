import { compileModules } from './compiledModules.ts';
import { memoryOf, type WasmBackend } from './wasmBackend.ts';
import type { RelaxedExports, StandardExports } from './wasmExports.ts';

/**
 * The functions of the compiled modules, which the sources in `wasm/` document. Addresses are bytes
 * in the backend's memory.
 */
export type WasmModule = StandardExports & RelaxedExports;

const modules = new WeakMap<WebAssembly.Memory, WasmModule>();

/** The WASM module that works in the memory of a backend. */
export function wasmModule(backend: WasmBackend): WasmModule {
  const memory = memoryOf(backend);
  let module = modules.get(memory);
  if (!module) {
    module = instantiate(memory);
    modules.set(memory, module);
  }
  return module;
}

/** Compiles synchronously, which browsers allow for small modules like these. */
export function instantiate(memory: WebAssembly.Memory): WasmModule {
  const isShared =
    typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const all = compileModules(isShared).map(
    (module) => new WebAssembly.Instance(module, { env: { memory } }).exports,
  );
  return Object.assign({}, ...all) as WasmModule;
}
