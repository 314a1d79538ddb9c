export type { FileOperations, OpenFile } from './durableFile.ts';
export { lockFolder, type FolderLock } from './folderLock.ts';
export { RunFolder } from './runFolder.ts';
export { saveModel } from './saveModel.ts';
