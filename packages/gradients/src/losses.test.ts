import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { flatClipping } from '@dpquant/mechanisms';
import { contribute } from './contribute.ts';
import { forwardLosses } from './forwardLosses.ts';
import {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  meanSquaredError,
  softmaxCrossEntropy,
  type PerExampleLoss,
} from './losses.ts';
import { microbatchGradients } from './microbatchGradients.ts';
import { distance, optionsFor, sumsOf } from './testing/comparison.ts';
import { modelOf, randomBatch, selectExamples } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

it('is −log softmax of the class, one value per example, also for large logits', () => {
  const logits = tf.tensor2d([
    [1, 2, 3],
    [0, 0, 0],
    [1000, 0, -1000],
  ]);
  for (const targets of [tf.tensor1d([2, 0, 1]), tf.tensor2d([[2], [0], [1]])]) {
    const losses = softmaxCrossEntropy(logits, targets).dataSync();
    // log(1 + e⁻¹ + e⁻²), log 3, 1000
    expect(losses).toHaveLength(3);
    expect(losses[0]).toBeCloseTo(0.4076059, 6);
    expect(losses[1]).toBeCloseTo(Math.log(3), 6);
    expect(losses[2]).toBeCloseTo(1000, 3);
  }
});

it('has the gradient softmax − one-hot', () => {
  const logits = tf.tensor2d([[0, 0]]);
  const gradient = tf.grad((x) => tf.sum(softmaxCrossEntropy(x, tf.tensor1d([1]))))(logits);
  expect([...gradient.dataSync()]).toEqual([0.5, -0.5]);
});

describe('shapes', () => {
  const losses = {
    softmaxCrossEntropy,
    categoricalCrossEntropy,
    binaryCrossEntropy,
    meanSquaredError,
  };

  it.each([
    // Each of these would broadcast to [4, 4], or pair outputs of different examples.
    ['binaryCrossEntropy', [4, 1], [1, 4], /binaryCrossEntropy: .* \[4, 1\] .* \[1, 4\]/],
    ['binaryCrossEntropy', [4, 4], [4], /shape of the predictions/],
    ['binaryCrossEntropy', [4, 3], [3, 4], /one shape \[n, …\]/],
    ['categoricalCrossEntropy', [4, 4], [4], /for class indices use softmaxCrossEntropy/],
    ['categoricalCrossEntropy', [4, 5, 3], [4, 5], /or tf\.oneHot/],
    ['categoricalCrossEntropy', [4, 3], [3, 4], /got predictions \[4, 3\] and targets \[3, 4\]/],
    ['meanSquaredError', [4, 3], [3, 4], /meanSquaredError: expected/],
    ['meanSquaredError', [4, 2, 3], [4, 3, 2], /shape of the predictions/],
    ['softmaxCrossEntropy', [4, 4], [4, 4], /use categoricalCrossEntropy/],
    ['softmaxCrossEntropy', [4, 3, 2], [4, 3], /logits of another shape/],
    ['softmaxCrossEntropy', [4, 3], [1], /class indices \[n\]/],
    ['softmaxCrossEntropy', [4, 1], [4], /at least two classes, got \[4, 1\].*binaryCrossEntropy/],
  ] as const)(
    '%s refuses predictions %j with targets %j',
    (name, predictions, targets, message) => {
      const loss = losses[name];
      expect(() => loss(tf.ones([...predictions]), tf.ones([...targets]))).toThrow(message);
    },
  );

  it('accepts targets [n] for one output per example, without mixing examples', async () => {
    const model = modelOf(tfl.layers.dense({ inputShape: [3], units: 1 }));
    const batch = randomBatch(4, [3], 2);
    for (const loss of [binaryCrossEntropy, meanSquaredError]) {
      for (const clipNorm of [0.1, 1]) {
        const options = { ...optionsFor('float32', clipNorm), loss };
        const all = await sumsOf(model, batch, options);
        const without = await sumsOf(model, selectExamples(batch, [0, 1, 2], 4), options);
        expect(distance(all, without)).toBeLessThanOrEqual(clipNorm * (1 + 1e-6));
      }
      const column = { ...batch, targets: tf.reshape(batch.targets, [4, 1]) };
      const options = { ...optionsFor('float32'), loss };
      expect(await sumsOf(model, column, options)).toEqual(await sumsOf(model, batch, options));
    }
  });
});

describe('a custom loss', () => {
  const perBatch: PerExampleLoss = (predictions, targets) =>
    tf.square(tf.sub(predictions, targets)) as unknown as tf.Tensor1D;
  const options = {
    ...optionsFor('float32'),
    loss: perBatch,
    arithmetics: [optionsFor('float32').arithmetic],
    clipping: flatClipping(1),
  };

  it.each([
    ['contribute', contribute],
    ['forwardLosses', forwardLosses],
    ['microbatchGradients', microbatchGradients],
  ])('is named by %s when it does not return one value per example', async (_, look) => {
    const model = modelOf(tfl.layers.dense({ inputShape: [3], units: 1 }));
    await expect(look(model, randomBatch(4, [3], 2), options)).rejects.toThrow(
      /^loss "perBatch": expected one value per example, \[[14]\], got \[[14], [14]\] for predictions/,
    );
  });

  it.each([
    ['targets', () => ({ targets: tf.tensor1d([1]) })],
    ['inputs', () => ({ inputs: tf.ones([1, 3]) })],
    ['weights', () => ({ weights: new Float32Array(3) })],
    ['keys.rows', () => ({ keys: { rows: new Uint32Array(3), views: new Uint32Array(4) } })],
  ])('is not called for a batch with fewer %s than examples', async (part, changed) => {
    const model = modelOf(tfl.layers.dense({ inputShape: [3], units: 2 }));
    const batch = { ...randomBatch(4, [3], 2), ...changed() };
    await expect(contribute(model, batch, optionsFor('float32'))).rejects.toThrow(
      new RegExp(`^batch: expected ${part} of the 4 examples`),
    );
  });
});
