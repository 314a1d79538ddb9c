import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { GroupNormalization } from '@dpquant/gradients';
import type { ResidualNetworkOptions } from './modelOptions.ts';
import { residualNetwork } from './residualNetwork.ts';
import { loadWeights, storedWeights } from './weights/loadWeights.ts';
import { pytorchNaming } from './weights/pytorchNaming.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const network = (options: Partial<ResidualNetworkOptions>) =>
  residualNetwork(
    'net',
    { inputShape: [8, 8, 1], classes: 2, seed: 1, ...options },
    { kind: 'basic', counts: [1, 1], width: 16 },
  );

describe('the width of a residual network', () => {
  const filters = (options: Partial<ResidualNetworkOptions>) => {
    const model = network(options);
    return ['stem', 'stage1-block1-conv1', 'stage2-block1-conv2'].map(
      (name) => (model.getLayer(name).outputShape as number[])[3],
    );
  };

  it('is that of the stem and first stage, doubled by later stages', () => {
    expect(filters({})).toEqual([16, 16, 32]);
    expect(filters({ width: 5 })).toEqual([5, 5, 10]);
    expect(filters({ width: 6, stem: 'imagenet' })).toEqual([6, 6, 12]);
  });

  it.each([
    [64, 32],
    [128, 32],
    [48, 8],
    [16, 8],
    [6, 1],
    [4, 2],
    [5, 1],
    [1, 1],
  ])('of %i gives %i groups, unless they are chosen', (width, groups) => {
    const groupsOf = (options: Partial<ResidualNetworkOptions>) =>
      (network(options).getLayer('stage2-block1-conv1-norm') as GroupNormalization).getConfig()[
        'groups'
      ];
    expect(groupsOf({ width })).toBe(groups);
    expect(groupsOf({ width, groups: 1 })).toBe(1);
  });

  it('must be the same in a file of weights', async () => {
    const naming = pytorchNaming();
    const stored = new Map((await storedWeights(network({ width: 6 }), naming)).entries());
    expect(() => loadWeights(network({ width: 8 }), stored, { naming, file: 'six' })).toThrow(
      /six: .*stem.*8/,
    );
  });

  it.each([0, 2.5, NaN])('is refused as %p', (width) => {
    expect(() => network({ width })).toThrow(
      `net: width: expected a whole number from 1, got ${width}`,
    );
  });
});
