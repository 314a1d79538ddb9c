import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from './modelLayers.ts';

/**
 * Runs `body`, a pass over a batch, and restores every weight of the model that it changed,
 * trainable or not, even when it throws: such a weight would contain statistics of private
 * examples, without noise, and would be saved.
 *
 * @throws Error that names the changed weights
 */
export function withUnchangedWeights<T>(model: tfl.LayersModel, body: () => T): T {
  const before = weightsOf(model).map(keptWeight);
  let result: T;
  try {
    result = body();
  } catch (error) {
    putBack(before);
    throw error;
  }
  const changed = putBack(before);
  if (changed.length === 0) return result;
  throw new Error(
    `${changed.map(({ name }) => name).join(', ')}: changes in a forward or backward pass; it would ` +
      'store statistics of private examples without noise. Its value was restored. Use a layer that keeps ' +
      'no state of a batch, such as GroupNormalization instead of running statistics',
  );
}

interface KeptWeight {
  readonly name: string;
  readonly variable: tf.Variable;
  /** Identifies the variable's data; assigning to a variable gives it other data. */
  readonly dataId: object;
  readonly values: tf.Tensor;
}

/** Restores changed weights, disposes the copies, and returns the weights that had changed. */
function putBack(before: readonly KeptWeight[]): readonly KeptWeight[] {
  const changed = before.filter(({ variable, dataId }) => variable.dataId !== dataId);
  for (const { variable, values } of changed) variable.assign(values);
  tf.dispose(before.map(({ values }) => values));
  return changed;
}

function keptWeight([variable, name]: [tf.Variable, string]): KeptWeight {
  return { variable, name, dataId: variable.dataId, values: tf.keep(tf.clone(variable)) };
}

/** All weights of a model, with their names for messages. */
function weightsOf(model: tfl.LayersModel): [tf.Variable, string][] {
  const weights = new Map<tf.Variable, string>();
  for (const layer of leafLayers(model)) {
    for (const weight of layer.weights) {
      const name = `layer "${layer.name}" (${layer.getClassName()}): weight "${weight.name}"`;
      weights.set(weight.read() as tf.Variable, name);
    }
  }
  for (const weight of model.weights) {
    const variable = weight.read() as tf.Variable;
    if (!weights.has(variable)) weights.set(variable, `weight "${weight.name}"`);
  }
  return [...weights];
}
