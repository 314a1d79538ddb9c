export type { FileOperations, OpenFile } from './durableFile.ts';
export { lockFolder, withdrawClaims, type FolderLock } from './folderLock.ts';
export { jobVariable } from './processIdentity.ts';
export { RunFolder } from './runFolder.ts';
export { saveModel } from './saveModel.ts';
