export { installKernels, ownOperations } from './installKernels.ts';
export { integerDots, useIntegerDots, type IntegerDots } from './wasm/integerDots.ts';
export { guardMemory } from './simd/memoryLimit.ts';
export { startThreads, threadCount } from './wasmThreads.ts';
