import { readTopology } from './kerasTopology.ts';
import { isObject, modelJsonPath, readModelJson } from './modelJson.ts';

/** Names of a model's inputs and outputs in a file, in order. */
export interface ModelNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/**
 * Reads the names of a saved model's inputs and outputs, which are those of their layers, without
 * its weights. Empty for a `Sequential`, which has one of each.
 *
 * @param path a `model.json`, or its folder
 * @throws WeightsError for a file that cannot be read or is not a model
 */
export async function readModelNames(path: string): Promise<ModelNames> {
  const file = modelJsonPath(path);
  const json = await readModelJson(file);
  const given = json.modelTopology as Readonly<Record<string, unknown>>;
  const { modelTopology } = readTopology(given, file);
  const model = modelTopology['model_config'] ?? modelTopology;
  const config = isObject(model) && isObject(model['config']) ? model['config'] : {};
  return { inputs: namesIn(config['input_layers']), outputs: namesIn(config['output_layers']) };
}

/** Layer names in a list [[name, call, tensor], …], or in a single such entry. */
function namesIn(layers: unknown): string[] {
  if (!Array.isArray(layers)) return [];
  const entries = layers as readonly unknown[];
  const list = typeof entries[0] === 'string' ? [entries] : entries;
  return list.flatMap((entry) => {
    const name: unknown = Array.isArray(entry) ? entry[0] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}
