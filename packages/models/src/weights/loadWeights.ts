import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { headOf } from '../head.ts';
import { commonPrefix } from './commonPrefix.ts';
import type { StoredTensor } from './elementTypes.ts';
import { weightedLayers } from './weightedLayers.ts';
import type { StoredWeight, WeightNaming } from './weightNaming.ts';

export interface LoadWeightsOptions {
  /** Names and layouts of a layer's weights in the file. */
  readonly naming: WeightNaming;
  /** The file's name in error messages. */
  readonly file: string;
  /**
   * Keeps the weights of the last layer with weights, and ignores those in the file. Default false.
   */
  readonly newHead?: boolean;
  /**
   * Ignores the means and variances of batch normalization, for a model with group normalization in
   * its place. This changes the outputs: the model must be trained further. Default false.
   */
  readonly dropBatchStatistics?: boolean;
}

/** Names of layers with weights. */
export interface LoadedLayers {
  readonly loaded: readonly string[];
  /** Layers that kept their weights: the new head. */
  readonly fresh: readonly string[];
}

/**
 * Loads the weights of a file into a model. Nothing is ignored silently: a weight without a tensor,
 * a tensor without a weight (except PyTorch's `num_batches_tracked` and empty tensors), two weights
 * of one name, and another shape or type are errors, and then the model is unchanged. A prefix of
 * all names in the file, such as `module.`, is removed if the model's names do not have it.
 *
 * @throws RangeError that lists all mismatches, with remedies
 */
export function loadWeights(
  model: tfl.LayersModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  { naming, file, newHead = false, dropBatchStatistics = false }: LoadWeightsOptions,
): LoadedLayers {
  const layers = weightedLayers(model);
  const head = headOf(model);
  const places = namedPlaces(layers, model, naming);
  const wanted = new Set([...places.values()].flat().map(({ name }) => name));
  const prefix = commonPrefix(tensors.keys(), wanted);
  const left = new Map([...tensors].filter(([name]) => !wanted.has(name.slice(prefix.length))));
  const problems: string[] = [];
  const found = new Map<tfl.layers.Layer, [StoredWeight, Float32Array][]>();
  for (const [layer, stored] of places) {
    if (newHead && layer === head) continue;
    const values: [StoredWeight, Float32Array][] = [];
    for (const weight of stored) {
      const numbers = numbersOf(weight, tensors.get(prefix + weight.name));
      if (typeof numbers !== 'string') values.push([weight, numbers]);
      else problems.push(`${numbers}${layer === head ? ' (or take a new head)' : ''}`);
    }
    found.set(layer, values);
  }
  problems.push(...leftOver(left, dropBatchStatistics));
  if (problems.length > 0) {
    const where = prefix === '' ? file : `${file} (names without "${prefix}")`;
    throw new RangeError(`${where}: ${listOf(problems)}`);
  }
  tf.tidy(() => {
    // All tensors are prepared first, so that an error in a naming changes nothing.
    const weights = [...found].map(([layer, values]) => {
      const inLayers = values.map(([stored, numbers], i) =>
        inLayer(stored, numbers, layer.weights[i]!.shape as number[]),
      );
      return [layer, inLayers] as const;
    });
    for (const [layer, values] of weights) layer.setWeights(values);
  });
  return {
    loaded: [...found.keys()].map(({ name }) => name),
    fresh: newHead ? [head.name] : [],
  };
}

/**
 * The place in the file of each layer's weights.
 *
 * @throws RangeError for two weights of the same name, or a weight without a name
 */
function namedPlaces(
  layers: readonly tfl.layers.Layer[],
  model: tfl.LayersModel,
  naming: WeightNaming,
): Map<tfl.layers.Layer, readonly StoredWeight[]> {
  const owners = new Map<string, tfl.layers.Layer>();
  const places = new Map<tfl.layers.Layer, readonly StoredWeight[]>();
  for (const layer of layers) {
    const stored = naming(layer, model);
    if (stored.length !== layer.weights.length) {
      throw new RangeError(
        `layer "${layer.name}": expected a name for each of its ${layer.weights.length} weights, got ${stored.length}`,
      );
    }
    for (const { name } of stored) {
      if (owners.has(name)) {
        throw new RangeError(
          `"${name}": two layers of the model have this name, "${owners.get(name)!.name}" and "${layer.name}"; name ` +
            'them apart, in the model or by the naming',
        );
      }
      owners.set(name, layer);
    }
    places.set(layer, stored);
  }
  return places;
}

/** The values of a tensor, or a description of the problem. */
function numbersOf(
  { name, shape }: StoredWeight,
  tensor: StoredTensor | undefined,
): Float32Array | string {
  if (!tensor) return `expected a tensor "${name}" of [${shape.join(', ')}], there is none`;
  if (tensor.shape.join() !== shape.join()) {
    return `"${name}": expected [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`;
  }
  if (!(tensor.values instanceof Float32Array || tensor.values instanceof Float64Array)) {
    return `"${name}": expected floating-point numbers, got ${tensor.type}; save it as F32, F16 or BF16`;
  }
  const values = new Float32Array(tensor.values);
  for (let i = 0; i < values.length; i++) {
    if (values[i]! - values[i]! !== 0) {
      return `"${name}": expected finite numbers of 32 bits, value ${i} is ${tensor.values[i]}`;
    }
  }
  return values;
}

/** Problems of tensors that no layer uses. */
function leftOver(
  tensors: ReadonlyMap<string, StoredTensor>,
  dropBatchStatistics: boolean,
): string[] {
  const names = [...tensors]
    .filter(([name, { shape }]) => !name.endsWith('num_batches_tracked') && !shape.includes(0))
    .map(([name]) => name);
  const statistics = names.filter((name) => /\.running_(mean|var)$/.test(name));
  const problems = names
    .filter((name) => !statistics.includes(name))
    .map((name) => `no layer of the model takes the tensor "${name}"`);
  if (dropBatchStatistics || statistics.length === 0) return problems;
  const count = new Set(statistics.map((name) => name.slice(0, name.lastIndexOf('.')))).size;
  return [
    ...problems,
    `it has the statistics of ${count} batch normalizations, for which the model has no place: drop them and ` +
      'train on, or use a model with batch normalization, frozen',
  ];
}

/** The first of many problems. */
function listOf(problems: readonly string[], most = 6): string {
  const more = problems.length - most;
  return problems.slice(0, most).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** Converts the values to the layer's layout. The caller owns the tensor. */
function inLayer(
  { view, axes }: StoredWeight,
  values: Float32Array,
  shape: readonly number[],
): tf.Tensor {
  return tf.tidy(() => {
    const stored = tf.tensor(
      values,
      axes.map((axis) => view[axis]!),
    );
    const back = view.map((_, axis) => axes.indexOf(axis));
    return tf.reshape(tf.transpose(stored, back), [...shape]);
  });
}

/**
 * The weights of a model as tensors for a file, the inverse of `loadWeights`.
 *
 * @throws RangeError for a layer that `naming` does not support, two layers of the same name, and
 *   weights in a wrapper
 */
export async function storedWeights(
  model: tfl.LayersModel,
  naming: WeightNaming,
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const [layer, places] of namedPlaces(weightedLayers(model), model, naming)) {
    const weights = layer.getWeights();
    for (const [i, { name, shape, view, axes }] of places.entries()) {
      const moved = tf.tidy(() => tf.transpose(tf.reshape(weights[i]!, [...view]), [...axes]));
      tensors.set(name, { type: 'F32', shape, values: await moved.data<'float32'>() });
      moved.dispose();
    }
  }
  return tensors;
}
