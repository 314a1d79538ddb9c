export { loadModel, modelFiles, type ModelFilesOptions } from './modelFiles.ts';
export { readWeights } from './readWeights.ts';
