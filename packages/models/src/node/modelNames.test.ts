import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { modelFiles } from './modelFiles.ts';
import { readModelNames } from './modelNames.ts';

let folder: string;
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  folder = await mkdtemp(join(tmpdir(), 'dpquant-names-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('reads the inputs and outputs of a saved model by the names of their layers', async () => {
  const inputs = ['left', 'right'].map((name) => tfl.input({ name, shape: [2] }));
  const joined = tfl.layers.concatenate().apply(inputs) as tfl.SymbolicTensor;
  const outputs = ['sum', 'side'].map(
    (name) => tfl.layers.dense({ name, units: 1 }).apply(joined) as tfl.SymbolicTensor,
  );
  await tfl.model({ inputs, outputs }).save(modelFiles(path('both')));
  const names = { inputs: ['left', 'right'], outputs: ['sum', 'side'] };
  expect(await readModelNames(path('both'))).toEqual(names);
  await tfl.model({ inputs, outputs: outputs[0]! }).save(modelFiles(path('one')));
  expect(await readModelNames(join(path('one'), 'model.json'))).toEqual({
    ...names,
    outputs: ['sum'],
  });
});

it('reads a single input or output as Keras writes it, and none for a Sequential', async () => {
  const keras = (config: object) => ({
    modelTopology: { keras_version: '2.15.0', model_config: { class_name: 'Functional', config } },
  });
  const layer = {
    ...{ class_name: 'InputLayer', name: 'age', inbound_nodes: [] },
    config: { name: 'age', batch_input_shape: [null, 1], dtype: 'float32' },
  };
  const one = {
    name: 'm',
    layers: [layer],
    input_layers: ['age', 0, 0],
    output_layers: ['age', 0, 0],
  };
  await writeFile(path('keras.json'), JSON.stringify(keras(one)));
  expect(await readModelNames(path('keras.json'))).toEqual({ inputs: ['age'], outputs: ['age'] });
  const layers = [tfl.layers.dense({ units: 1, inputShape: [2] })];
  await tfl.sequential({ layers }).save(modelFiles(path('sequential')));
  expect(await readModelNames(path('sequential'))).toEqual({ inputs: [], outputs: [] });
  await writeFile(path('none.json'), '{}');
  await expect(readModelNames(path('none.json'))).rejects.toThrow(/modelTopology/);
});
