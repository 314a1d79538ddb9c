export {
  loadCheckpoint,
  readCheckpointSettings,
  saveCheckpoint,
  type CheckpointContent,
  type CheckpointSubject,
  type RestoredCheckpoint,
} from './checkpoint.ts';
export type { Facts } from './checkpointFacts.ts';
export type { FileOperations, OpenFile } from './durableFile.ts';
export { eventCount, resumedLedger, type ResumedLedger } from './resumedLedger.ts';
export { RunFolder } from './runFolder.ts';
export { RunFolderError } from './runFolderError.ts';
export { saveModel } from './saveModel.ts';
