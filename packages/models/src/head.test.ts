import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { freezeLayers } from './freezeLayers.ts';
import { headOf, withNewHead } from './head.ts';
import { smallCnn } from './smallCnn.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const model = () => smallCnn({ inputShape: [28, 28, 1], classes: 10, seed: 1 });
const valuesOf = (layer: tfl.layers.Layer) => layer.getWeights().map((w) => [...w.dataSync()]);

describe('withNewHead', () => {
  it('keeps all weights except those of the head, which depend on the seed', async () => {
    const original = model();
    original.getLayer('conv2').trainable = false;
    const [a, b, c] = await Promise.all(
      [1, 1, 2].map((seed) => withNewHead(original, { classes: 3, seed })),
    );
    expect(a!.outputShape).toEqual([null, 3]);
    expect(original.outputShape).toEqual([null, 10]);
    const kept = ['conv1', 'norm1', 'conv2', 'norm2', 'conv3', 'norm3'];
    for (const name of kept) {
      expect(valuesOf(a!.getLayer(name))).toEqual(valuesOf(original.getLayer(name)));
    }
    expect(a!.getLayer('conv2').trainable).toBe(false);
    expect(valuesOf(headOf(a!))).toEqual(valuesOf(headOf(b!)));
    expect(valuesOf(headOf(a!))).not.toEqual(valuesOf(headOf(c!)));
  });

  it('finds the head of a functional model', async () => {
    const input = tfl.input({ shape: [3] });
    const hidden = tfl.layers.dense({ units: 4, name: 'hidden' }).apply(input);
    const sum = tfl.layers.add().apply([hidden, hidden] as tfl.SymbolicTensor[]);
    const outputs = tfl.layers.dense({ units: 2, name: 'out' }).apply(sum) as tfl.SymbolicTensor;
    const graph = tfl.model({ inputs: input, outputs });
    const copy = await withNewHead(graph, { classes: 5, seed: 1 });
    expect(copy.outputShape).toEqual([null, 5]);
    expect(valuesOf(copy.getLayer('hidden'))).toEqual(valuesOf(graph.getLayer('hidden')));
  });

  it('returns logits in place of probabilities', async () => {
    const probabilities = tfl.sequential({
      layers: [tfl.layers.dense({ units: 2, activation: 'softmax', inputShape: [3] })],
    });
    const logits = await withNewHead(probabilities, { classes: 2, seed: 1 });
    expect(headOf(logits).getConfig()['activation']).toBe('linear');
  });

  it('is refused if the model does not end in a dense layer', async () => {
    const pooled = tfl.sequential({
      name: 'pooled',
      layers: [
        tfl.layers.conv2d({ filters: 2, kernelSize: 1, inputShape: [2, 2, 1] }),
        tfl.layers.globalAveragePooling2d({ name: 'pool' }),
      ],
    });
    await expect(withNewHead(pooled, { classes: 3, seed: 1 })).rejects.toThrow(
      'model "pooled": a new head takes the place of a Dense layer at the end; this one ends in "pool" ' +
        '(GlobalAveragePooling2D); save it without what comes after its last Dense layer',
    );
    const inner = (name: string) =>
      tfl.sequential({
        name,
        layers: [tfl.layers.dense({ name: 'a', units: 2, inputShape: [2] })],
      });
    const twice = tfl.sequential({
      name: 'twice',
      layers: [inner('x'), inner('y'), tfl.layers.dense({ units: 2 })],
    });
    await expect(withNewHead(twice, { classes: 3, seed: 1 })).rejects.toThrow(
      'model "twice": two layers in it are called "a"; give each a name of its own',
    );
    const empty = tfl.sequential({ layers: [tfl.layers.flatten({ inputShape: [2, 1] })] });
    expect(() => headOf(empty)).toThrow('expected a layer with weights, got none');
  });
});

describe('freezeLayers', () => {
  it.each([
    ['conv1', ['conv1']],
    ['conv?', ['conv1', 'conv2', 'conv3']],
    ['norm*, conv1', ['conv1', 'norm1', 'norm2', 'norm3']],
    ['!dense', ['conv1', 'norm1', 'conv2', 'norm2', 'conv3', 'norm3']],
  ])('%s', (pattern, expected) => {
    const frozen = model();
    expect(freezeLayers(frozen, pattern)).toEqual(expected);
    const left = frozen.layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
    expect([...expected, ...left.map(({ name }) => name)].sort()).toEqual(headAndBody.toSorted());
  });
  const headAndBody = ['conv1', 'norm1', 'conv2', 'norm2', 'conv3', 'norm3', 'dense'];

  it.each([
    [
      'conv9',
      'freeze: "conv9" is the name of no layer with weights; expected some of conv1, norm1',
    ],
    ['conv1,flatten', '"flatten" is the name of no layer'],
    ['conv', '"conv" is the name of no layer'],
    ['conv(1|2)', '"conv(1|2)" is the name of no layer'],
    ['', '"" is the name of no layer'],
    ['!*', 'freeze: !* freezes no layer'],
    ['*', 'freeze: * leaves nothing to train'],
  ])('refuses "%s"', (pattern, message) => {
    const whole = model();
    expect(() => freezeLayers(whole, pattern)).toThrow(message);
    expect(whole.layers.every(({ trainable }) => trainable)).toBe(true);
  });
});
