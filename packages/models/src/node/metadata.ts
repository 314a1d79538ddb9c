import { safetensorsMetadata } from '../weights/safetensors.ts';
import { modelJsonPath, readModelJson, type ModelMetadata } from './modelJson.ts';
import { readBytes } from './readBytes.ts';

/**
 * The metadata of a saved model: the field `userDefinedMetadata` of its `model.json`, written by
 * `modelFiles`. Empty if there is none.
 *
 * @param path a `model.json`, or its folder
 * @throws WeightsError for a file that cannot be read or is not a model
 */
export async function readModelMetadata(path: string): Promise<ModelMetadata> {
  const { userDefinedMetadata } = await readModelJson(modelJsonPath(path));
  return userDefinedMetadata ?? {};
}

/**
 * The metadata of a file of weights: that of a `model.json`, or `__metadata__` of a `.safetensors`
 * file, whose values are texts. Empty if there is none. Only the header is read.
 *
 * @param path a `.safetensors` file, a `model.json`, or its folder
 * @throws WeightsError for a file that cannot be read or is damaged
 */
export async function readWeightsMetadata(path: string): Promise<ModelMetadata> {
  if (!path.endsWith('.safetensors')) return readModelMetadata(path);
  return Object.fromEntries(safetensorsMetadata(await readBytes(path), path));
}
