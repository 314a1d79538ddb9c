import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { startBackend } from '@dpquant/backends';
import { modelFiles } from '@dpquant/models/node';
import { loadOwnModel } from './ownModel.ts';
import { UsageError } from '../flags/usageError.ts';

let folder: string;
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  await startBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterAll(() => rm(folder, { recursive: true }));

const options = { inputShape: [4, 4, 1], classes: 3, seed: 1 } as const;
const { layers } = tfl;
const flatten = () => layers.flatten({ inputShape: [4, 4, 1] });
const dense = (activation: 'linear' | 'softmax' | 'sigmoid' = 'linear', units = 3) =>
  layers.dense({ name: 'fc', units, activation });
const stack = (...parts: tfl.layers.Layer[]) => tfl.sequential({ layers: parts });

async function saved(model: tfl.LayersModel): Promise<string> {
  await model.save(modelFiles(path('model')));
  return path('model');
}

describe("a user's own model", () => {
  it.each<[string, () => tfl.LayersModel]>([
    ['gives logits', () => stack(flatten(), dense())],
    [
      'gives logits from a nested model',
      () => stack(flatten(), stack(layers.dense({ units: 3, inputShape: [16] }))),
    ],
    [
      'has a softmax within',
      () => stack(flatten(), layers.dense({ units: 5, activation: 'softmax' }), dense()),
    ],
  ])('is taken where it %s', async (_, build) => {
    const model = await loadOwnModel(await saved(build()), options, false);
    expect(model.outputShape).toEqual([null, 3]);
  });

  it.each<[string, () => tfl.LayersModel, RegExp]>([
    ['a dense layer', () => stack(flatten(), dense('softmax')), /the softmax of "fc"/],
    [
      'a layer of its own',
      () => stack(flatten(), dense(), layers.softmax()),
      /the softmax of "soft/,
    ],
    [
      'an activation',
      () => stack(flatten(), dense(), layers.activation({ name: 'act', activation: 'softmax' })),
      /the softmax of "act"/,
    ],
    [
      'a nested model',
      () => stack(flatten(), stack(layers.dense({ units: 2, inputShape: [16] }), dense('softmax'))),
      /the softmax of "fc"/,
    ],
    [
      'a layer before a reshape and dropout',
      () =>
        stack(
          flatten(),
          dense('softmax'),
          layers.dropout({ rate: 0.1 }),
          layers.reshape({ targetShape: [3] }),
        ),
      /the softmax of "fc"/,
    ],
    ['sigmoids', () => stack(flatten(), dense('sigmoid')), /the sigmoid of "fc"/],
  ])('is refused where its probabilities come from %s', async (_, build, message) => {
    const loading = loadOwnModel(await saved(build()), options, false);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toThrow(/the loss wants logits; leave the \w+ out, or replace/);
    await expect(loading).rejects.toBeInstanceOf(UsageError);
  });

  it('with two inputs or two outputs is refused', async () => {
    const inputs = [0, 1].map(() => tfl.input({ shape: [4, 4, 1] }));
    const sum = layers.add().apply(inputs) as tfl.SymbolicTensor;
    const flat = layers.flatten().apply(sum) as tfl.SymbolicTensor;
    const outputs = [3, 2].map(
      (units) => layers.dense({ units }).apply(flat) as tfl.SymbolicTensor,
    );
    for (const newHead of [false, true]) {
      const two = await saved(tfl.model({ inputs, outputs: outputs[0]! }));
      await expect(loadOwnModel(two, options, newHead)).rejects.toThrow(
        /takes inputs of \[4, 4, 1\] and \[4, 4, 1\], the examples are \[4, 4, 1\]; change the model/,
      );
    }
    const image = tfl.input({ shape: [4, 4, 1] });
    const row = layers.flatten().apply(image) as tfl.SymbolicTensor;
    const both = [3, 2].map((units) => layers.dense({ units }).apply(row) as tfl.SymbolicTensor);
    const two = await saved(tfl.model({ inputs: image, outputs: both }));
    await expect(loadOwnModel(two, options, false)).rejects.toThrow(
      /gives \[3\] and \[2\], .*want 3 outputs/,
    );
    await expect(loadOwnModel(two, options, true)).rejects.toBeInstanceOf(UsageError);
  });

  it('with weights that are no numbers is refused', async () => {
    const model = stack(flatten(), dense());
    model.getLayer('fc').setWeights([tf.fill([16, 3], 0.5), tf.tensor([0, NaN, 0])]);
    await expect(loadOwnModel(await saved(model), options, false)).rejects.toThrow(
      /model has NaN as value 1 of its weight "fc\S*\/bias"; save it with finite weights, or leave/,
    );
  });

  it('with weights of another model is refused by the name of its file', async () => {
    const at = await saved(stack(flatten(), dense()));
    const json = await readFile(join(at, 'model.json'), 'utf8');
    await writeFile(join(at, 'model.json'), json.replace('"units":3', '"units":4'));
    await expect(loadOwnModel(at, options, false)).rejects.toThrow(
      /\/model: TensorFlow.js cannot build the model: /,
    );
  });

  it('keeps its notes, with a new head as well', async () => {
    const at = path('notes');
    await stack(flatten(), dense('softmax')).save(modelFiles(at, { metadata: { run: 'a' } }));
    const model = await loadOwnModel(at, options, true);
    expect(model.getUserDefinedMetadata()).toEqual({ run: 'a' });
    expect(model.getLayer('fc').getConfig()['activation']).toBe('linear');
  });
});
