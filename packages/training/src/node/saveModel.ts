import type * as tfl from '@tensorflow/tfjs-layers';
import { modelFiles, type ModelMetadata } from '@dpquant/models/node';
import { makeFolder, replaceFile } from './durableFile.ts';

/**
 * Writes a model as `model.json` and `weights.bin` (TensorFlow.js layers format) into a folder,
 * which is created if needed. On the disk when it returns; `loadModel` of `@dpquant/models/node` reads it.
 *
 * @param metadata notes to keep in `model.json`; `readModelMetadata` reads them
 * @throws RunFolderError when the system refuses
 */
export async function saveModel(
  model: tfl.LayersModel,
  folder: string,
  metadata: ModelMetadata = {},
): Promise<void> {
  await makeFolder(folder);
  await model.save(modelFiles(folder, { writeFile: replaceFile, metadata }));
}
