export { loadCheckpoint, saveCheckpoint, type RestoredCheckpoint } from './checkpoint.ts';
export { loadModel, saveModel } from './modelFiles.ts';
export { RunFolder, RunFolderError } from './runFolder.ts';
