import { safetensorsMetadata } from '../weights/safetensors.ts';
import { modelJsonPath, readModelJson, type ModelMetadata } from './modelJson.ts';
import { readBytes } from './readBytes.ts';

/**
 * The notes in a saved model: the field `userDefinedMetadata` of its `model.json`, as `modelFiles`
 * was given them. Empty where there are none.
 *
 * @param path a `model.json`, or a folder that holds one
 * @throws WeightsError for a file that cannot be read or is no model
 */
export async function readModelMetadata(path: string): Promise<ModelMetadata> {
  const { userDefinedMetadata } = await readModelJson(modelJsonPath(path));
  return userDefinedMetadata ?? {};
}

/**
 * The notes in a file of weights: those of a `model.json`, or `__metadata__` of a `.safetensors`
 * file, whose values are texts. Empty where there are none. Only the header is looked at.
 *
 * @param path a `.safetensors` file, a `model.json`, or a folder that holds one
 * @throws WeightsError for a file that cannot be read or is damaged
 */
export async function readWeightsMetadata(path: string): Promise<ModelMetadata> {
  if (!path.endsWith('.safetensors')) return readModelMetadata(path);
  return Object.fromEntries(safetensorsMetadata(await readBytes(path), path));
}
