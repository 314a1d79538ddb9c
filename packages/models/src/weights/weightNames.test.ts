import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { withNewHead } from '../head.ts';
import { networks, reference } from '../testing/referenceNetworks.ts';
import type { StoredTensor } from './elementTypes.ts';
import { loadWeights, storedWeights } from './loadWeights.ts';
import { pytorchNaming } from './pytorchNaming.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = { naming: pytorchNaming(), file: 'a' };
const valuesOf = (model: tfl.LayersModel) => model.getWeights().map((w) => [...w.dataSync()]);
const tensor = (values: Float32Array, ...shape: number[]): StoredTensor => ({
  type: 'F32',
  shape,
  values,
});

describe('names of weights', () => {
  it.each([['module.'], ['model.'], ['_orig_mod.'], ['module._orig_mod.'], ['net.encoder.']])(
    'are those of the model except for a common prefix: %s',
    (prefix) => {
      const { input, output, tensors } = reference('statistics');
      const renamed = new Map([...tensors].map(([name, values]) => [prefix + name, values]));
      const model = networks.statistics();
      loadWeights(model, renamed, options);
      const difference = tf.sub(model.predict(input) as tf.Tensor, output);
      expect(tf.max(tf.abs(difference)).dataSync()[0]).toBeLessThan(2e-6);
      renamed.delete(`${prefix}fc.bias`);
      expect(() => loadWeights(model, renamed, options)).toThrow(
        `a (names without "${prefix}"): expected a tensor "fc.bias" of [2], there is none`,
      );
    },
  );

  it('do not change if only most have a prefix', () => {
    const { tensors } = reference('statistics');
    const renamed = new Map([...tensors].map(([name, values]) => [`module.${name}`, values]));
    renamed.set('averaged', tensor(Float32Array.of(1), 1));
    expect(() => loadWeights(networks.statistics(), renamed, options)).toThrow(
      'a: expected a tensor "up.weight" of [2, 3, 3, 3], there is none',
    );
  });

  it('keep a prefix that the model has as well', () => {
    const model = tfl.sequential({
      layers: [tfl.layers.dense({ name: 'module/fc', units: 1, inputShape: [1], useBias: false })],
    });
    const tensors = new Map([['module.fc.weight', tensor(Float32Array.of(2), 1, 1)]]);
    expect(loadWeights(model, tensors, options).loaded).toEqual(['module/fc']);
  });

  it('are refused if two layers share one', async () => {
    const inner = () =>
      tfl.sequential({
        layers: [tfl.layers.dense({ name: 'fc', units: 2, inputShape: [2], useBias: false })],
      });
    const model = tfl.sequential({ layers: [inner(), inner()] });
    const tensors = new Map([['fc.weight', tensor(new Float32Array(4), 2, 2)]]);
    const message =
      '"fc.weight": two layers of the model have this name, "fc" and "fc"; name them apart';
    expect(() => loadWeights(model, tensors, options)).toThrow(message);
    await expect(storedWeights(model, options.naming)).rejects.toThrow(message);
  });

  it('are refused if a layer hides weights', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.bidirectional({
          layer: tfl.layers.simpleRNN({ units: 1, recurrentInitializer: 'zeros' }),
          mergeMode: 'sum',
          inputShape: [2, 2],
        }),
        tfl.layers.dense({ name: 'fc', units: 1 }),
      ],
    });
    const tensors = new Map([
      ['fc.weight', tensor(new Float32Array(1), 1, 1)],
      ['fc.bias', tensor(new Float32Array(1), 1)],
    ]);
    const message =
      /its weight "\S+" is of a layer within a wrapper, which cannot be read or written/;
    expect(() => loadWeights(model, tensors, options)).toThrow(message);
    await expect(storedWeights(model, options.naming)).rejects.toThrow(message);
    await expect(withNewHead(model, { classes: 2, seed: 1 })).rejects.toThrow(message);
  });

  it('are refused if the naming omits one, and the model is unchanged', () => {
    const model = networks.sequences();
    const before = valuesOf(model);
    const { tensors } = reference('sequences');
    const naming: typeof options.naming = (layer, all) =>
      options.naming(layer, all).slice(0, layer.name === 'fc' ? 1 : 2);
    expect(() => loadWeights(model, tensors, { ...options, naming })).toThrow(
      'layer "fc": expected a name for each of its 2 weights, got 1',
    );
    expect(valuesOf(model)).toEqual(before);
    const otherSize: typeof options.naming = (layer, all) =>
      options
        .naming(layer, all)
        .map((place) => (place.name === 'fc.bias' ? { ...place, view: [3] } : place));
    const count = tf.memory().numTensors;
    expect(() => loadWeights(model, tensors, { ...options, naming: otherSize })).toThrow(
      /\[3\]|shape/,
    );
    expect(valuesOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(count);
  });
});
