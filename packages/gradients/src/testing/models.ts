import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { SeededRandom, fillGaussian, uniformInteger } from '@dpquant/random';
import type { ExampleBatch } from '../contributeOptions.ts';
import { GroupNormalization } from '../layers/groupNormalization.ts';

/** Gives every weight of the model independent normal values, biases and scales included. */
export function randomizeWeights(model: tfl.LayersModel, seed: number, deviation = 0.5): void {
  const random = new SeededRandom(seed, 'weights');
  const weights = model.getWeights().map((weight) => {
    const values = new Float32Array(weight.size);
    fillGaussian(random, values, deviation);
    return tf.tensor(values, weight.shape);
  });
  model.setWeights(weights);
  tf.dispose(weights);
}

/** The model after it was saved and loaded. */
export async function savedAndLoaded(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return tfl.loadLayersModel(tf.io.fromMemory(saved!));
}

/** A model of these layers with random weights. */
export function modelOf(...layers: tfl.layers.Layer[]): tfl.Sequential {
  const model = tfl.sequential({ layers });
  randomizeWeights(model, 3);
  return model;
}

/** Examples of a model with one input and one output. */
export type PlainBatch = ExampleBatch & { readonly inputs: tf.Tensor; readonly targets: tf.Tensor };

/** A batch of normal inputs with class indices. */
export function randomBatch(
  count: number,
  inputShape: number[],
  classes: number,
  seed = 1,
): PlainBatch {
  const random = new SeededRandom(seed, 'batch');
  const inputs = new Float32Array(count * tf.util.sizeFromShape(inputShape));
  fillGaussian(random, inputs);
  const targets = Float32Array.from({ length: count }, () => uniformInteger(random, classes));
  return {
    inputs: tf.tensor(inputs, [count, ...inputShape]),
    targets: tf.tensor1d(targets),
    mask: new Float32Array(count).fill(1),
    keys: {
      rows: Uint32Array.from({ length: count }, (_, i) => 100 + i),
      views: new Uint32Array(count),
    },
  };
}

/** Some examples of a batch, in the given order, padded with zeros to `size`. */
export function selectExamples(
  batch: PlainBatch,
  indices: readonly number[],
  size = indices.length,
): PlainBatch {
  const padding = size - indices.length;
  const pick = (tensor: tf.Tensor) =>
    tf.tidy(() => {
      const picked = tf.gather(tensor, tf.tensor1d([...indices], 'int32'));
      return tf.concat([picked, tf.zeros([padding, ...tensor.shape.slice(1)])]);
    });
  const numbers = (values: Uint32Array | Float32Array) => [
    ...indices.map((i) => values[i]!),
    ...new Array<number>(padding).fill(0),
  ];
  return {
    inputs: pick(batch.inputs),
    targets: pick(batch.targets),
    mask: Float32Array.from(numbers(batch.mask)),
    keys: {
      rows: Uint32Array.from(numbers(batch.keys.rows)),
      views: Uint32Array.from(numbers(batch.keys.views)),
    },
  };
}

/**
 * A model with convolutions (strided, same, valid), group normalization, dense layers and biases.
 */
export function everyLayerModel(): tfl.Sequential {
  return modelOf(
    tfl.layers.conv2d({
      inputShape: [7, 6, 2],
      filters: 4,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      activation: 'tanh',
    }),
    new GroupNormalization({ groups: 2 }),
    tfl.layers.conv2d({ filters: 3, kernelSize: [2, 3], useBias: false, activation: 'relu' }),
    tfl.layers.flatten(),
    tfl.layers.dense({ units: 5, activation: 'relu' }),
    tfl.layers.dense({ units: 3 }),
  );
}
