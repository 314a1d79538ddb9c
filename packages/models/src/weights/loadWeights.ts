import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from '@dpquant/gradients';
import { headOf } from '../head.ts';
import type { StoredTensor } from './elementTypes.ts';
import type { StoredWeight, WeightNaming } from './weightNaming.ts';

export interface LoadWeightsOptions {
  /** What the file calls the weights of a layer, and how they lie in it. */
  readonly naming: WeightNaming;
  /** What error messages call the file. */
  readonly file: string;
  /** Leaves the last layer with weights as it is, whatever the file has for it. Default false. */
  readonly newHead?: boolean;
  /**
   * Ignores the means and variances that batch normalization gathered, for a model that has group
   * normalization in its place. Outputs change: the model has to be trained on. Default false.
   */
  readonly dropBatchStatistics?: boolean;
}

/** Names of layers with weights. */
export interface LoadedLayers {
  readonly loaded: readonly string[];
  /** Those that keep the weights they had: the new head. */
  readonly fresh: readonly string[];
}

/**
 * Puts the weights of a file into a model. Nothing is left over in silence: a weight without a tensor, a
 * tensor without a weight (but for PyTorch's `num_batches_tracked`), another shape or type is an error,
 * and then the model is as it was.
 *
 * @throws RangeError that lists what does not fit, with the remedy where there is one
 */
export function loadWeights(
  model: tfl.LayersModel,
  tensors: ReadonlyMap<string, StoredTensor>,
  { naming, file, newHead = false, dropBatchStatistics = false }: LoadWeightsOptions,
): LoadedLayers {
  const layers = leafLayers(model).filter(({ weights }) => weights.length > 0);
  const head = headOf(model);
  const left = new Set(tensors.keys());
  const problems: string[] = [];
  const found = new Map<tfl.layers.Layer, [StoredWeight, Float32Array][]>();
  for (const layer of layers) {
    const stored = naming(layer, model);
    for (const { name } of stored) left.delete(name);
    if (newHead && layer === head) continue;
    const values: [StoredWeight, Float32Array][] = [];
    for (const weight of stored) {
      const numbers = numbersOf(weight, tensors.get(weight.name));
      if (typeof numbers !== 'string') values.push([weight, numbers]);
      else problems.push(`${numbers}${layer === head ? ' (or take a new head)' : ''}`);
    }
    found.set(layer, values);
  }
  problems.push(...leftOver(left, dropBatchStatistics));
  if (problems.length > 0) throw new RangeError(`${file}: ${listOf(problems)}`);
  for (const [layer, values] of found) {
    const weights = values.map(([stored, numbers], i) =>
      inLayer(stored, numbers, layer.weights[i]!.shape as number[]),
    );
    layer.setWeights(weights);
    tf.dispose(weights);
  }
  return {
    loaded: [...found.keys()].map(({ name }) => name),
    fresh: newHead ? [head.name] : [],
  };
}

/** The values of a tensor, or what is wrong with it. */
function numbersOf(
  { name, shape }: StoredWeight,
  tensor: StoredTensor | undefined,
): Float32Array | string {
  if (!tensor) return `expected a tensor "${name}" of [${shape.join(', ')}], there is none`;
  if (tensor.shape.join() !== shape.join()) {
    return `"${name}": expected [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`;
  }
  if (!(tensor.values instanceof Float32Array || tensor.values instanceof Float64Array)) {
    return `"${name}": expected floating-point numbers, got ${tensor.type}`;
  }
  const values = new Float32Array(tensor.values);
  for (let i = 0; i < values.length; i++) {
    if (values[i]! - values[i]! !== 0) {
      return `"${name}": expected finite numbers, value ${i} is ${tensor.values[i]}`;
    }
  }
  return values;
}

/** What to say of tensors that no layer has asked for. */
function leftOver(names: ReadonlySet<string>, dropBatchStatistics: boolean): string[] {
  const counted = [...names].filter((name) => !name.endsWith('num_batches_tracked'));
  const isStatistics = (name: string) => /\.running_(mean|var)$/.test(name);
  const others = counted.filter((name) => !isStatistics(name));
  const problems = others.map((name) => `no layer of the model takes the tensor "${name}"`);
  if (dropBatchStatistics || others.length === counted.length) return problems;
  return [
    ...problems,
    `it has the statistics of ${(counted.length - others.length) / 2} batch normalizations, for which the model has ` +
      'no place: drop them and train on, or use a model with batch normalization, frozen',
  ];
}

/** The first of many problems. */
function listOf(problems: readonly string[], most = 6): string {
  const more = problems.length - most;
  return problems.slice(0, most).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

/** The values in the layout of the layer. The caller owns the tensor. */
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
 * The weights of a model as tensors for a file, the counterpart of `loadWeights`.
 *
 * @throws RangeError for a layer that `naming` has no place for, and a name that two layers have
 */
export async function storedWeights(
  model: tfl.LayersModel,
  naming: WeightNaming,
): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const layer of leafLayers(model)) {
    const weights = layer.getWeights();
    for (const [i, { name, shape, view, axes }] of naming(layer, model).entries()) {
      if (tensors.has(name))
        throw new RangeError(`"${name}": two layers of the model have this name`);
      const moved = tf.tidy(() => tf.transpose(tf.reshape(weights[i]!, [...view]), [...axes]));
      tensors.set(name, { type: 'F32', shape, values: await moved.data<'float32'>() });
      moved.dispose();
    }
  }
  return tensors;
}
