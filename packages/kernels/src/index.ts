export { installKernels, ownOperations } from './installKernels.ts';
export { hasExactByteDots } from './simd/compiledModules.ts';
export { guardMemory } from './simd/memoryLimit.ts';
export { startThreads, threadCount } from './wasmThreads.ts';
