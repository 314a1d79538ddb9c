import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { softmaxCrossEntropy } from './losses.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('is −log softmax of the class, one value an example, also at large logits', () => {
  const logits = tf.tensor2d([
    [1, 2, 3],
    [0, 0, 0],
    [1000, 0, -1000],
  ]);
  const losses = softmaxCrossEntropy(logits, tf.tensor1d([2, 0, 1])).dataSync();
  // log(1 + e⁻¹ + e⁻²), log 3, 1000
  expect(losses[0]).toBeCloseTo(0.4076059, 6);
  expect(losses[1]).toBeCloseTo(Math.log(3), 6);
  expect(losses[2]).toBeCloseTo(1000, 3);
});

it('has the gradient softmax − one-hot', () => {
  const logits = tf.tensor2d([[0, 0]]);
  const gradient = tf.grad((x) => tf.sum(softmaxCrossEntropy(x, tf.tensor1d([1]))))(logits);
  expect([...gradient.dataSync()]).toEqual([0.5, -0.5]);
});
