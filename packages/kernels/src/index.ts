export { installKernels } from './installKernels.ts';
export { startThreads, stopThreads, threadCount } from './wasmThreads.ts';
