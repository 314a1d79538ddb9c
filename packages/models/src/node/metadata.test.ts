import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { encodeSafetensors } from '../weights/safetensors.ts';
import { WeightsError } from '../weights/weightsError.ts';
import { readModelMetadata, readWeightsMetadata } from './metadata.ts';
import { loadModel, modelFiles } from './modelFiles.ts';

let folder: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterEach(() => rm(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
const model = () => tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [2] })] });

describe('metadata of a model', () => {
  it('is read from its file or folder as it was saved', async () => {
    const metadata = { run: { id: 'é', steps: [1, 2] }, other: null };
    await model().save(modelFiles(folder, { metadata }));
    for (const name of [folder, path('model.json')]) {
      expect(await readModelMetadata(name)).toEqual(metadata);
      expect(await readWeightsMetadata(name)).toEqual(metadata);
    }
  });

  it('is empty if none was saved', async () => {
    await model().save(modelFiles(folder));
    expect(await readModelMetadata(folder)).toEqual({});
    const text = await readFile(path('model.json'), 'utf8');
    expect(text).not.toContain('userDefinedMetadata');
    await writeFile(path('model.json'), text.replace('{', '{"userDefinedMetadata":null,'));
    expect(await readModelMetadata(folder)).toEqual({});
  });

  it('is kept when a model is read and saved again, except for replaced keys', async () => {
    await model().save(modelFiles(path('a'), { metadata: { run: 1, author: 'b' } }));
    const loaded = await loadModel(path('a'));
    await loaded.save(modelFiles(path('c'), { metadata: { run: 2 } }));
    expect(await readModelMetadata(path('c'))).toEqual({ run: 2, author: 'b' });
    expect(await readModelMetadata(path('a'))).toEqual({ run: 1, author: 'b' });
  });

  it.each<[string, unknown]>([
    ['a list', []],
    ['a text', 'run'],
  ])('is refused if it is %s', async (_, userDefinedMetadata) => {
    await writeFile(
      path('model.json'),
      JSON.stringify({ modelTopology: {}, weightsManifest: [], userDefinedMetadata }),
    );
    const read = readModelMetadata(folder);
    await expect(read).rejects.toThrow(/model.json: userDefinedMetadata: expected an object, got/);
    await expect(read).rejects.toBeInstanceOf(WeightsError);
  });
});

describe('metadata of a safetensors file', () => {
  it('is read without the tensors', async () => {
    const bytes = encodeSafetensors(
      new Map([['w', { type: 'F32', shape: [1], values: Float32Array.of(1) }]]),
      new Map([['dpquant.run', 'ab12']]),
    );
    await writeFile(path('a.safetensors'), bytes.subarray(0, -1));
    expect(await readWeightsMetadata(path('a.safetensors'))).toEqual({ 'dpquant.run': 'ab12' });
    await writeFile(path('b.safetensors'), encodeSafetensors(new Map()));
    expect(await readWeightsMetadata(path('b.safetensors'))).toEqual({});
  });

  it('of a missing or damaged file is an error that names it', async () => {
    const missing = readWeightsMetadata(path('none.safetensors'));
    await expect(missing).rejects.toThrow(/cannot read \S+none.safetensors: ENOENT/);
    await writeFile(path('c.safetensors'), '{');
    await expect(readWeightsMetadata(path('c.safetensors'))).rejects.toThrow(
      /offset 0: expected 8/,
    );
  });
});
