import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layerSeed } from './initialization.ts';
import { smallCnn } from './smallCnn.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const weightsOf = (seed: number) =>
  smallCnn({ inputShape: [9, 9, 1], classes: 10, seed })
    .getWeights()
    .map((weight) => [...weight.dataSync()]);

describe('initial weights', () => {
  it('depend on the seed, 0 included', () => {
    for (const seed of [0, 1, 2 ** 53 - 1]) expect(weightsOf(seed)).toEqual(weightsOf(seed));
    expect(weightsOf(0)).not.toEqual(weightsOf(1));
    expect(() => weightsOf(-1)).toThrow(/seed.*got -1/);
  });

  it('have an independent stream for each seed, network and layer', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 200; seed++) {
      for (const name of ['small-cnn', 'resnet18']) {
        for (const layer of ['conv1', 'conv2', 'conv3', 'dense']) {
          seeds.add(layerSeed({ name, seed }, layer));
        }
      }
    }
    expect(seeds.size).toBe(1600);
    expect([...seeds].every((seed) => Number.isInteger(seed) && seed >= 1 && seed <= 2 ** 52)).toBe(
      true,
    );
  });
});
