import { WeightsError } from '../weights/weightsError.ts';
import { ends, inboundNodes, layerConfig, type LayerConfig, type Refuse } from './kerasLayer.ts';
import { isObject } from './modelJson.ts';

/** A topology that TensorFlow.js reads, and a conversion of the file's weight names. */
export interface ReadTopology {
  readonly modelTopology: Readonly<Record<string, unknown>>;
  /** Removes from a weight's name the names of enclosing models, which Keras 3 adds. */
  readonly nameOf: (weight: string) => string;
}

/** Greatest depth of nested models; a deeper file is taken for damaged. */
const greatestDepth = 20;

/**
 * Converts the topology of a `model.json` to the form that TensorFlow.js reads. Files written by
 * TensorFlow.js are unchanged; other forms, mainly of Keras 3, are converted if the meaning stays
 * the same.
 *
 * @param file its name in error messages
 * @throws WeightsError that names a layer and field that TensorFlow.js would interpret differently
 */
export function readTopology(
  topology: Readonly<Record<string, unknown>>,
  file: string,
): ReadTopology {
  const version = String(topology['keras_version']);
  if (version.startsWith('tfjs')) return { modelTopology: topology, nameOf: (weight) => weight };
  const model = topology['model_config'] ?? topology;
  const models = new Set<string>();
  const layers = new Set<string>();
  const isKeras3 = /^[3-9]/.test(version) || hasForms(model);

  const readModel = (value: unknown, depth: number): unknown => {
    const refuse = refuseFor(file, 'the model');
    if (depth > greatestDepth) refuse(`more than ${greatestDepth} models within each other`);
    if (!isObject(value)) return refuse('no object where a model is expected; the file is damaged');
    const { config } = value;
    // Old files of a Sequential contain the list of layers itself.
    const list = Array.isArray(config) ? config : isObject(config) ? config['layers'] : undefined;
    if (!Array.isArray(list)) return refuse('no list of layers; the file is damaged');
    const nested = nestedModels(list);
    const read = list.map((layer: unknown) => readLayer(layer, nested, depth));
    if (Array.isArray(config)) return { ...value, config: read };
    const settings = config as LayerConfig;
    if (typeof settings['name'] === 'string') models.add(settings['name']);
    const converted: Record<string, unknown> = { ...settings, layers: read };
    for (const field of ['input_layers', 'output_layers']) {
      if (field in settings) converted[field] = ends(settings[field], nested, isKeras3, refuse);
    }
    if (isObject(settings['dtype'])) delete converted['dtype'];
    return { ...value, config: converted };
  };

  const readLayer = (
    layer: unknown,
    nested: ReadonlyMap<string, string>,
    depth: number,
  ): unknown => {
    const { class_name: className, config, name } = (isObject(layer) ? layer : {}) as LayerConfig;
    if (typeof className !== 'string' || !(isObject(config) || Array.isArray(config))) {
      return refuseFor(file, 'a layer')('no class_name or config; the file is damaged');
    }
    const own = name ?? (config as LayerConfig)['name'];
    const refuse = refuseFor(file, `layer "${String(own)}" (${className})`);
    const nodes = (layer as LayerConfig)['inbound_nodes'];
    const calls = nodes === undefined ? {} : { inbound_nodes: inboundNodes(nodes, nested, refuse) };
    if (Array.isArray(config) || Array.isArray(config['layers'])) {
      return { ...(readModel(layer, depth + 1) as object), ...calls };
    }
    if (typeof own === 'string') layers.add(own);
    const read = layerConfig(className, config, isKeras3, refuse);
    const { layer: wrapped } = config;
    const inner = isObject(wrapped) ? { layer: readLayer(wrapped, nested, depth + 1) } : {};
    return { ...(layer as object), config: { ...read, ...inner }, ...calls };
  };

  const read = readModel(model, 0);
  const modelTopology = 'model_config' in topology ? { ...topology, model_config: read } : read;
  return { modelTopology: modelTopology as ReadTopology['modelTopology'], nameOf };

  function nameOf(weight: string): string {
    if (!isKeras3) return weight;
    const parts = weight.split('/');
    if (parts.includes('vars')) {
      throw new WeightsError(
        `${file}: expected weights with the names of layers, got "${weight}", which a .keras file has; save the model ` +
          'as .h5 and convert that',
      );
    }
    const isKnown = (part = '') => layers.has(part) || models.has(part);
    while (models.has(parts[0]!) && isKnown(parts[1])) parts.shift();
    return parts.join('/');
  }
}

function refuseFor(file: string, what: string): Refuse {
  return (message) => {
    throw new WeightsError(`${file}: ${what} has ${message}`);
  };
}

/** Class names of the models among layers, by name. */
function nestedModels(layers: readonly unknown[]): Map<string, string> {
  const nested = new Map<string, string>();
  for (const layer of layers) {
    const { class_name: className, config, name } = (isObject(layer) ? layer : {}) as LayerConfig;
    if (!isObject(config) || !Array.isArray(config['layers'])) continue;
    nested.set(String(name ?? config['name']), String(className));
  }
  return nested;
}

/** Whether a value contains a form that Keras 3 writes and Keras 2 does not. */
function hasForms(value: unknown): boolean {
  const text = JSON.stringify(value);
  return /"(batch_shape|registered_name)":|"DTypePolicy"|"__keras_tensor__"/.test(text);
}
