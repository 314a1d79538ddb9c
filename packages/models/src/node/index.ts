export { readModelMetadata, readWeightsMetadata } from './metadata.ts';
export { loadModel, modelFiles, modelFrom, type ModelFilesOptions } from './modelFiles.ts';
export type { ModelMetadata } from './modelJson.ts';
export { readModelNames, type ModelNames } from './modelNames.ts';
export { readWeights } from './readWeights.ts';
