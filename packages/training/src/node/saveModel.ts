import * as nodeFiles from 'node:fs/promises';
import type * as tfl from '@tensorflow/tfjs-layers';
import { modelFiles, type ModelMetadata } from '@dpquant/models/node';
import { makeFolder, replaceFile, type FileOperations } from './durableFile.ts';

/**
 * Writes a model as `model.json` and `weights.bin` (TensorFlow.js layers format) into a folder,
 * which is created if needed. On the disk when it returns; `loadModel` of `@dpquant/models/node`
 * reads it.
 *
 * @param metadata notes stored in `model.json`; `readModelMetadata` reads them
 * @param files file operations, replaced in tests
 * @throws RunStoreError when the system refuses
 */
export async function saveModel(
  model: tfl.LayersModel,
  folder: string,
  metadata: ModelMetadata = {},
  files: FileOperations = nodeFiles,
): Promise<void> {
  await makeFolder(folder, files);
  const writeFile = (path: string, content: string | Uint8Array) =>
    replaceFile(path, content, files);
  await model.save(modelFiles(folder, { writeFile, metadata }));
}
