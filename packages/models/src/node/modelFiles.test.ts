import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { smallCnn } from '../smallCnn.ts';
import { storedWeights } from '../weights/loadWeights.ts';
import { encodeSafetensors } from '../weights/safetensors.ts';
import { layersNaming } from '../weights/weightNaming.ts';
import { WeightsError } from '../weights/weightsError.ts';
import { loadModel, modelFiles } from './modelFiles.ts';
import { readWeights } from './readWeights.ts';

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterEach(() => rm(folder, { recursive: true }));

const model = () => smallCnn({ inputShape: [9, 9, 1], classes: 2, seed: 1 });
const valuesOf = ({ weights }: tfl.LayersModel) => weights.map((w) => [...w.read().dataSync()]);
const path = (name: string) => join(folder, name);
/** Changes a saved model.json. */
async function edit(change: (json: tf.io.ModelJSON) => unknown): Promise<void> {
  const json = JSON.parse(await readFile(path('model.json'), 'utf8')) as tf.io.ModelJSON;
  await writeFile(path('model.json'), JSON.stringify(change(json)));
}

describe('modelFiles', () => {
  it('keeps a model, by its folder or its file, and leaks no tensors', async () => {
    const original = model();
    await original.save(modelFiles(path('a/b')));
    expect(await readdir(path('a/b'))).toEqual(['model.json', 'weights.bin']);
    const before = tf.memory().numTensors;
    for (const name of ['a/b', 'a/b/model.json']) {
      const loaded = await loadModel(path(name));
      expect(valuesOf(loaded)).toEqual(valuesOf(original));
      loaded.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads weights in several files, and quantized ones', async () => {
    const original = model();
    await original.save(modelFiles(folder));
    const bytes = await readFile(path('weights.bin'));
    await writeFile(path('one.bin'), bytes.subarray(0, 1001));
    await writeFile(path('two.bin'), bytes.subarray(1001));
    await edit(({ weightsManifest: [group], ...json }) => ({
      ...json,
      weightsManifest: [{ ...group, paths: ['one.bin', 'two.bin'] }],
    }));
    expect(valuesOf(await loadModel(folder))).toEqual(valuesOf(original));

    const spec = { name: 'w', shape: [2], dtype: 'float32' };
    const quantization = { dtype: 'uint8', scale: 0.5, min: -1 };
    await writeFile(path('one.bin'), Uint8Array.of(0, 4));
    await edit((json) => ({
      ...json,
      weightsManifest: [{ paths: ['one.bin'], weights: [{ ...spec, quantization }] }],
    }));
    expect([...(await readWeights(folder))]).toEqual([
      ['w', { type: 'F32', shape: [2], values: Float32Array.of(-1, 1) }],
    ]);
  });

  it('builds a model without weights in its file by its initializers', async () => {
    await model().save(modelFiles(folder));
    await edit(({ format, modelTopology }) => ({ format, modelTopology }));
    expect(valuesOf(await loadModel(folder))).toEqual(valuesOf(model()));
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a missing file', () => rm(path('model.json')), /expected the JSON of a model: ENOENT/],
    ['what is no JSON', () => writeFile(path('model.json'), '{'), /expected the JSON of a model/],
    ['nothing', () => writeFile(path('model.json'), 'null'), /expected the fields modelTopology/],
    [
      'a graph model',
      () => edit((json) => ({ ...json, format: 'graph-model' })),
      /format "layers-model", got "graph-model"; convert it with tensorflowjs_converter/,
    ],
    [
      'a path elsewhere',
      () => edit((j) => ({ ...j, weightsManifest: [{ paths: ['../w.bin'], weights: [] }] })),
      /expected names of files beside it, got "..\/w.bin"/,
    ],
    ['missing weights', () => rm(path('weights.bin')), /cannot read its weights: ENOENT/],
    [
      'weights that are cut off',
      async () => writeFile(path('weights.bin'), (await readFile(path('weights.bin'))).subarray(4)),
      /expected \d+ bytes of weights in weights.bin, got \d+; a file is cut off/,
    ],
    [
      'an unknown type',
      () =>
        edit((json) => ({
          ...json,
          weightsManifest: [
            { paths: ['weights.bin'], weights: [{ name: 'w', shape: [1], dtype: 'string' }] },
          ],
        })),
      /weight "w": expected one of float32, .*, got "string"/,
    ],
  ])('refuses %s', async (_, change, message) => {
    await model().save(modelFiles(folder));
    await change();
    await expect(loadModel(folder)).rejects.toThrow(message);
    await expect(loadModel(folder)).rejects.toBeInstanceOf(WeightsError);
  });
});

describe('readWeights', () => {
  it.each([
    ['net.pth', /net.pth: expected a model.json, .*; write its state dict with safetensors.torch/],
    [
      'net.h5',
      /net.h5: expected a model.json, its folder, .*; convert it with tensorflowjs_conver/,
    ],
    ['net.onnx', /net.onnx: expected a model.json, its folder, or weights as .safetensors$/],
  ])('names a remedy for %s', async (name, message) => {
    await writeFile(path(name), 'x');
    await expect(readWeights(path(name))).rejects.toThrow(message);
    await expect(loadModel(path(name))).rejects.toThrow(message);
  });

  it('reads model.json and safetensors files alike', async () => {
    const original = model();
    const stored = await storedWeights(original, layersNaming);
    await original.save(modelFiles(folder));
    await writeFile(path('a.safetensors'), encodeSafetensors(stored));
    const before = tf.memory().numTensors;
    expect(await readWeights(folder)).toEqual(stored);
    expect(await readWeights(path('a.safetensors'))).toEqual(stored);
    expect(tf.memory().numTensors).toBe(before);
    await expect(readWeights(path('b.safetensors'))).rejects.toThrow(/cannot read .*b.safetensors/);
  });
});
