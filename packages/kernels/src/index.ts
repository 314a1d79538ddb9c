export { installKernels } from './installKernels.ts';
export { guardMemory } from './simd/memoryLimit.ts';
export { startThreads, stopThreads, threadCount } from './wasmThreads.ts';
