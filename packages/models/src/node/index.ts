export { readModelMetadata, readWeightsMetadata } from './metadata.ts';
export { loadModel, modelFiles, type ModelFilesOptions } from './modelFiles.ts';
export type { ModelMetadata } from './modelJson.ts';
export { readWeights } from './readWeights.ts';
