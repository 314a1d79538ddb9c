import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { learnableExamples, twoLayers } from '../testing/learnableExamples.ts';
import { MemoryStore } from '../testing/memoryStore.ts';
import { trainPrivately } from '../privateTraining/trainPrivately.ts';
import { binary } from './binary.ts';
import { targetShapesOf } from './checkTask.ts';
import { classification } from './classification.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const classWeights = [1, 5, 0.5];
const logits = () => tf.tensor2d([0.2, 1, -1, 0, 0, 2, -1, 3, 0, 1, 1, 1], [4, 3]);
const labels = [0, 1, 2, 1];

/** Losses of the examples, and their gradients. */
function lossesOf(task: ReturnType<typeof classification>, x: tf.Tensor, targets: tf.Tensor) {
  const gradient = tf.grad((at: tf.Tensor) => tf.sum(task.loss(at, targets)))(x);
  return { losses: [...task.loss(x, targets).dataSync()], gradient: gradient.arraySync() };
}

describe('class weights', () => {
  it.each([
    ['class indices', () => tf.tensor1d(labels)],
    ['indices in a column', () => tf.tensor2d(labels, [4, 1])],
    ['one-hot targets', () => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 3), 'float32')],
  ])('multiply the loss and the gradient of each example, for %s', (_, targets) => {
    tf.tidy(() => {
      const plain = lossesOf(classification(), logits(), targets());
      const weighted = lossesOf(classification({ classWeights }), logits(), targets());
      labels.forEach((label, i) => {
        expect(weighted.losses[i]).toBeCloseTo(classWeights[label]! * plain.losses[i]!, 5);
        const [a, b] = [weighted.gradient, plain.gradient].map((each) => (each as number[][])[i]!);
        a!.forEach((value, j) => expect(value).toBeCloseTo(classWeights[label]! * b![j]!, 5));
      });
    });
  });

  it('are those of classes 0 and 1 for one logit', () => {
    tf.tidy(() => {
      const x = tf.tensor2d([0.3, -2, 1], [3, 1]);
      const targets = tf.tensor1d([0, 1, 1]);
      const plain = binary().loss(x, targets).dataSync();
      const weighted = binary({ classWeights: [2, 7] })
        .loss(x, targets)
        .dataSync();
      [2, 7, 7].forEach((weight, i) => expect(weighted[i]).toBeCloseTo(weight * plain[i]!, 5));
    });
  });

  it('ignore an example with an invalid class, and keep the others', () => {
    tf.tidy(() => {
      const task = classification({ classWeights });
      const whole = lossesOf(task, logits(), tf.tensor1d(labels));
      const strange = lossesOf(task, logits(), tf.tensor1d([0, 7, -3, 1]));
      expect(strange.losses).toEqual([whole.losses[0], 0, 0, whole.losses[3]]);
      expect((strange.gradient as number[][])[3]).toEqual((whole.gradient as number[][])[3]);
    });
  });

  it('are refused where they are not positive or not one for each class', () => {
    for (const weights of [[], [1, 0], [1, -2], [1, NaN], [1, Infinity]]) {
      expect(() => classification({ classWeights: weights })).toThrow(/expected a positive number/);
    }
    const task = classification({ classWeights });
    expect(targetShapesOf(task, [3])).toEqual(targetShapesOf(classification(), [3]));
    expect(() => targetShapesOf(task, [2])).toThrow('one for each of 2 classes, got 3');
    expect(() => targetShapesOf(binary({ classWeights }), [1])).toThrow('2 classes, got 3');
  });

  it("keep the loss's use of logits", () => {
    expect(classification({ classWeights }).loss.takesLogits).toBe(true);
  });

  it('must stay the same when a run is resumed', async () => {
    const { inputs, classes } = learnableExamples(300, 4);
    const data = { inputs, targets: classes };
    const store = new MemoryStore();
    const options = {
      ...{ epsilon: 3, delta: 1e-4, epochs: 2, batchSize: 50, insecureSeed: 7, store },
      task: classification({ classWeights: [1, 4] }),
    };
    const callbacks = { onEpochEnd: () => stop.abort() };
    const stop = new AbortController();
    const begun = await trainPrivately(twoLayers(4, 2), data, {
      ...options,
      callbacks,
      stopBetweenSteps: stop.signal,
    });
    expect(begun.stopped).not.toBe('finished');
    const task = classification({ classWeights: [1, 5] });
    await expect(trainPrivately(twoLayers(4, 2), data, { ...options, task })).rejects.toThrow(
      /weighted/,
    );
  });
});
