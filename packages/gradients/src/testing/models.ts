import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { SeededRandom, fillGaussian, uniformInteger } from '@dpquant/random';
import type { ExampleBatch } from '../contribute.ts';
import { GroupNormalization } from '../layers/groupNormalization.ts';

/** Gives every weight of the model independent normal values, biases and scales included. */
export function randomizeWeights(model: tfl.LayersModel, seed: number, deviation = 0.5): void {
  const random = new SeededRandom(seed, 'weights');
  model.setWeights(
    model.getWeights().map((weight) => {
      const values = new Float32Array(weight.size);
      fillGaussian(random, values, deviation);
      return tf.tensor(values, weight.shape);
    }),
  );
}

/** A batch of normal inputs with class indices; row numbers start at `firstRow`. */
export function randomBatch(
  count: number,
  inputShape: number[],
  classes: number,
  seed = 1,
  firstRow = 100,
): ExampleBatch {
  const random = new SeededRandom(seed, 'batch');
  const inputs = new Float32Array(count * tf.util.sizeFromShape(inputShape));
  fillGaussian(random, inputs);
  const targets = Float32Array.from({ length: count }, () => uniformInteger(random, classes));
  return {
    inputs: tf.tensor(inputs, [count, ...inputShape]),
    targets: tf.tensor1d(targets),
    mask: new Float32Array(count).fill(1),
    keys: {
      rows: Uint32Array.from({ length: count }, (_, i) => firstRow + i),
      views: new Uint32Array(count),
    },
  };
}

/** Every supported layer: strided and same convolutions, group normalization, dense, biases. */
export function everyLayerModel(): tfl.Sequential {
  const model = tfl.sequential({
    layers: [
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
    ],
  });
  randomizeWeights(model, 3);
  return model;
}
