import {
  plainMemory,
  relaxedPlainMemory,
  relaxedSharedMemory,
  sharedMemory,
} from './moduleBytes.js';

/** Which of WebAssembly's relaxed 8-bit dots were exact when they were tested. */
export interface ByteDots {
  /** Whether dots summed in 16 bits are exact, of bytes by numbers from 0 to 127. */
  readonly areNarrowExact: boolean;
  /**
   * The offset to add to the second operand of dots summed in 32 bits, so that they are exact for
   * all bytes of magnitude 127 at most: 128 on processors that read it as unsigned, 0 on those that
   * read it as signed; null where they are not exact.
   */
  readonly wideOffset: number | null;
}

let triedByteDots: ByteDots | null | undefined;

/**
 * The byte dots of this runtime, tested on first use. Null where none is exact, as before Node 22:
 * there, 16-bit dots compute all integer products, with the same results.
 */
export function byteDots(): ByteDots | null {
  if (triedByteDots === undefined) triedByteDots = tryByteDots(relaxedModuleBytes(false));
  return triedByteDots;
}

/** Null where the runtime does not accept the module, or none of its dots is exact. */
export function tryByteDots(bytes: Uint8Array<ArrayBuffer>): ByteDots | null {
  if (!WebAssembly.validate(bytes)) return null;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  const { narrowDotsAreExact, wideDotOffset } = exports as Record<string, () => number>;
  const offset = wideDotOffset!();
  const areNarrowExact = narrowDotsAreExact!() === 1;
  const wideOffset = offset < 0 ? null : offset;
  return areNarrowExact || wideOffset !== null ? { areNarrowExact, wideOffset } : null;
}

/** The modules whose exports together are the kernels, the same for all threads of this runtime. */
export function compileModules(isShared: boolean): WebAssembly.Module[] {
  const all = [moduleBytes(isShared)];
  if (byteDots() !== null) all.push(relaxedModuleBytes(isShared));
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
