export type { FileOperations, OpenFile } from './durableFile.ts';
export { RunFolder } from './runFolder.ts';
export { saveModel } from './saveModel.ts';
