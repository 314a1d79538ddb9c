// `wasm/compile.mjs` writes the JavaScript beside this file.

/** The compiled modules as base64: one for a memory that threads share, one for any other. */
export const plainMemory: string;
export const sharedMemory: string;
/** Modules with relaxed SIMD, which are loaded in addition where relaxed SIMD is exact. */
export const relaxedPlainMemory: string;
export const relaxedSharedMemory: string;
