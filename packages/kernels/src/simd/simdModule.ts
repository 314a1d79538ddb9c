import { compileModules } from './compiledModules.ts';
import type { ByteProducts } from './exports/byteProducts.ts';
import type { FloatProducts } from './exports/floatProducts.ts';
import type { IntegerProducts } from './exports/integerProducts.ts';
import type { LayerKernels } from './exports/layerKernels.ts';
import type { RandomKernels } from './exports/randomKernels.ts';
import { memoryOf, type WasmBackend } from './wasmBackend.ts';

/**
 * What the SIMD module exports; `assembly/` documents it. Addresses are bytes in the backend's memory.
 */
export type SimdModule = ByteProducts &
  FloatProducts &
  IntegerProducts &
  LayerKernels &
  RandomKernels;

const modules = new WeakMap<WebAssembly.Memory, SimdModule>();

/** The SIMD module on the memory of a backend. */
export function simdModule(backend: WasmBackend): SimdModule {
  const memory = memoryOf(backend);
  let module = modules.get(memory);
  if (!module) {
    module = instantiate(memory);
    modules.set(memory, module);
  }
  return module;
}

/** Compiles at once, which browsers allow for modules as small as these. */
export function instantiate(memory: WebAssembly.Memory): SimdModule {
  const isShared =
    typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const all = compileModules(isShared).map(
    (module) => new WebAssembly.Instance(module, { env: { memory } }).exports,
  );
  return Object.assign({}, ...all) as SimdModule;
}
