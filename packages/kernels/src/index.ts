export { installKernels } from './installKernels.ts';
