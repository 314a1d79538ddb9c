export { installKernels } from './installKernels.ts';
export { guardMemory } from './simd/memoryLimit.ts';
export { startThreads, threadCount } from './wasmThreads.ts';
