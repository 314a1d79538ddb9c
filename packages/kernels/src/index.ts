export { installKernels, ownOperations } from './installKernels.ts';
export { integerDots, useIntegerDots, type IntegerDots } from './wasm/integers/integerDots.ts';
export { guardMemory } from './wasm/module/memoryLimit.ts';
export { startThreads, threadCount } from './wasm/threads/wasmThreads.ts';
