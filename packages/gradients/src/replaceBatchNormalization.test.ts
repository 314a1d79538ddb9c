import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from './layers/groupNormalization.ts';
import { leafLayers } from './modelLayers.ts';
import { replaceBatchNormalization } from './replaceBatchNormalization.ts';
import { randomizeWeights } from './testing/models.ts';
import { validateModel } from './validateModel.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { batchNormalization, conv2d, dense, flatten } = tfl.layers;
const values = (layer: tfl.layers.Layer) =>
  layer.getWeights().map((weight) => [...weight.dataSync()]);

it('keeps scale, shift and all other weights, in nested and branching models', async () => {
  const inner = tfl.sequential({
    name: 'inner',
    layers: [
      conv2d({ name: 'conv', inputShape: [4, 4, 2], filters: 12, kernelSize: 2 }),
      batchNormalization({ name: 'norm1', epsilon: 0.01 }),
    ],
  });
  const input = tfl.input({ shape: [4, 4, 2] });
  const features = inner.apply(input) as tfl.SymbolicTensor;
  const scaled = batchNormalization({ name: 'norm2', scale: false }).apply(
    features,
  ) as tfl.SymbolicTensor;
  const sum = tfl.layers.add({ name: 'sum' }).apply([features, scaled]) as tfl.SymbolicTensor;
  const flat = flatten({ name: 'flat' }).apply(sum) as tfl.SymbolicTensor;
  const outputs = dense({ name: 'head', units: 3 }).apply(flat) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: input, outputs });
  randomizeWeights(model, 2);
  model.getLayer('head').trainable = false;

  const { model: copy, replacements } = await replaceBatchNormalization(model);
  expect(replacements.map(({ layer, groups }) => [layer, groups])).toEqual([
    ['norm1', 4],
    ['norm2', 4],
  ]);
  expect(replacements[0]!.change).toMatch(/4 groups of 3 channels.*continue training/);
  validateModel(copy);
  const layers = new Map(leafLayers(copy).map((layer) => [layer.name, layer]));
  const originals = new Map(leafLayers(model).map((layer) => [layer.name, layer]));
  const norm1 = layers.get('norm1') as GroupNormalization;
  expect(norm1).toBeInstanceOf(GroupNormalization);
  expect(norm1.epsilon).toBe(0.01);
  expect(values(norm1)).toEqual(values(originals.get('norm1')!).slice(0, 2));
  expect(values(layers.get('norm2')!)).toEqual([
    new Array(12).fill(1),
    values(originals.get('norm2')!)[0],
  ]);
  for (const name of ['conv', 'head']) {
    expect(values(layers.get(name)!)).toEqual(values(originals.get(name)!));
  }
  expect(layers.get('head')!.trainable).toBe(false);
  // The model itself is unchanged.
  expect(originals.get('norm1')!.getClassName()).toBe('BatchNormalization');
});

it('accepts a number of groups, and refuses unsupported layers', async () => {
  const model = tfl.sequential({ layers: [batchNormalization({ inputShape: [3, 3, 6] })] });
  const { replacements } = await replaceBatchNormalization(model, { groups: 3 });
  expect(replacements[0]!.groups).toBe(3);
  await expect(replaceBatchNormalization(model, { groups: 4 })).rejects.toThrow(
    /4 groups do not divide its 6 channels/,
  );
  const first = tfl.sequential({ layers: [batchNormalization({ inputShape: [3, 4], axis: 1 })] });
  await expect(replaceBatchNormalization(first)).rejects.toThrow(/axis 1; expected the last, 2/);
});
