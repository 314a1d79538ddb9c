export {
  groupNormalizationOperations,
  type GroupNormalizationAttributes,
} from './groupNormalization.ts';
export { backendNamed, type NamedBackend } from './namedBackend.ts';
export {
  operation,
  type InputInfos,
  type Kernel,
  type KernelOf,
  type Operation,
  type OperationKernel,
  type OperationName,
  type ResultInfo,
  type WrappingKernel,
} from './operation.ts';
export { tensorflowOperations } from './tensorflowOperations.ts';
export type { Shape4D, WindowAttributes } from './windowAttributes.ts';
