import {
  plainMemory,
  relaxedPlainMemory,
  relaxedSharedMemory,
  sharedMemory,
} from './moduleBytes.js';

let exactByteDots: boolean | undefined;

/**
 * Whether this runtime multiplies codes of few bits by the relaxed 8-bit dots of WebAssembly: it knows them (Node 22
 * and later), and they gave exactly the integers when they were tried. Elsewhere 16-bit dots do all
 * integer products, with the same results.
 */
export function hasExactByteDots(): boolean {
  return (exactByteDots ??= areByteDotsExact(relaxedModuleBytes(false)));
}

/** Whether the runtime takes such a module, and its dots are exact. */
export function areByteDotsExact(bytes: Uint8Array<ArrayBuffer>): boolean {
  if (!WebAssembly.validate(bytes)) return false;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return (exports['byteDotsAreExact'] as () => number)() === 1;
}

/** The modules whose exports together are the kernels, the same for all threads of this runtime. */
export function compileModules(isShared: boolean): WebAssembly.Module[] {
  const all = [moduleBytes(isShared)];
  if (hasExactByteDots()) all.push(relaxedModuleBytes(isShared));
  return all.map((bytes) => new WebAssembly.Module(bytes));
}

/** The module for a memory that threads share, or for any other. */
export function moduleBytes(isShared: boolean): Uint8Array<ArrayBuffer> {
  return decoded(isShared ? sharedMemory : plainMemory);
}

/** The module with relaxed SIMD. */
export function relaxedModuleBytes(isShared: boolean): Uint8Array<ArrayBuffer> {
  return decoded(isShared ? relaxedSharedMemory : relaxedPlainMemory);
}

function decoded(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
