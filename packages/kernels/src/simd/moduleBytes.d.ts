// `assembly/compile.mjs` writes the JavaScript beside this file.

/** The compiled modules as base64: one for a memory that threads share, one for any other. */
export const plainMemory: string;
export const sharedMemory: string;
/** What is added to them where relaxed SIMD is exact. */
export const relaxedPlainMemory: string;
export const relaxedSharedMemory: string;
