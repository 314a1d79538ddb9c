import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { kerasModels } from '../testing/kerasModels.ts';
import { loadWeights } from '../weights/loadWeights.ts';
import { layersNaming } from '../weights/weightNaming.ts';
import { WeightsError } from '../weights/weightsError.ts';
import { readTopology } from './kerasTopology.ts';
import { loadModel } from './modelFiles.ts';
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

interface Reference {
  json: tf.io.ModelJSON;
  weights: string;
  input: number[][];
  output: number[][];
}
const names = Object.keys(kerasModels) as (keyof typeof kerasModels)[];
const reference = (name: keyof typeof kerasModels) => JSON.parse(kerasModels[name]) as Reference;

/** Writes a Keras 3 model, unchanged or changed, and loads it. */
async function load(name: keyof typeof kerasModels, change = (text: string) => text) {
  const { json, weights } = reference(name);
  const text = JSON.stringify(json);
  await writeFile(join(folder, 'model.json'), change(text));
  await writeFile(join(folder, 'weights.bin'), Buffer.from(weights, 'base64'));
  return loadModel(folder);
}
function expectOutput(model: tfl.LayersModel, { input, output }: Reference) {
  const found = (model.predict(tf.tensor(input)) as tf.Tensor).dataSync();
  const expected = output.flat();
  expect(found).toHaveLength(expected.length);
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
}

describe('a model of Keras 3', () => {
  it.each(names)('gives the outputs of Keras: %s', async (name) => {
    expectOutput(await load(name), reference(name));
  });

  it.each(names)('provides weights for a model with the same layers: %s', async (name) => {
    const model = await load(name);
    const weights = await readWeights(folder);
    const other = await tfl.models.modelFromJSON(model.toJSON(null, false) as never);
    loadWeights(other, weights, { naming: layersNaming, file: 'a' });
    expectOutput(other, reference(name));
  });

  it('keeps its regularization', async () => {
    const [conv] = (await load('sequential')).layers.filter(({ name }) => name === 'conv2d');
    expect(conv!.getConfig()['kernelRegularizer']).toEqual({
      className: 'L1L2',
      config: { l1: 0, l2: expect.closeTo(0.01, 6) },
    });
  });

  const policy = '"config":{"name":"float32"}';
  it.each<[string, keyof typeof kerasModels, [string, string], RegExp]>([
    [
      'a mixed policy',
      'sequential',
      [policy, '"config":{"name":"mixed_float16"}'],
      /model.json: layer "conv2d" \(Conv2D\) has dtype = "mixed_float16"; expected float32: build/,
    ],
    [
      'groups of channels',
      'sequential',
      ['"groups":1', '"groups":2'],
      /layer "conv2d" \(Conv2D\) has groups = 2, which TensorFlow.js passes over; expected 1/,
    ],
    [
      'another hard_sigmoid',
      'sequential',
      ['"activation":"silu"', '"activation":"hard_sigmoid"'],
      /\(Conv2D\) has the activation hard_sigmoid, which is another function in Keras 3/,
    ],
    [
      'a rectifier with a slope',
      'functional',
      ['"negative_slope":0,', '"negative_slope":0.5,'],
      /\(ReLU\) has negative_slope = 0.5, which TensorFlow.js passes over; expected 0/,
    ],
    [
      'dropout that always drops',
      'functional',
      ['"training":false', '"training":true'],
      /layer "dropout_1" \(Dropout\) has a call with training = true; leave it out/,
    ],
    [
      'a call with a constant',
      'functional',
      ['"args":[{"class_name":"__keras_tensor__"', '"args":[{"class_name":"__numpy__"'],
      /has a call with a value that no layer makes; save the model with tf_keras/,
    ],
    [
      'named inputs',
      'functional',
      ['"input_layers":["image",0,0]', '"input_layers":{"a":["image",0,0]}'],
      /the model has named inputs or outputs, \{"a":\["image",0,0\]\}; give a list of them/,
    ],
    [
      'weights by number, of a .keras file',
      'sequential',
      ['seq/conv2d/kernel', 'layers/conv2d/vars/0'],
      /got "layers\/conv2d\/vars\/0", which a .keras file has; save the model as .h5/,
    ],
    [
      'a layer that TensorFlow.js lacks',
      'sequential',
      ['"class_name":"LeakyReLU"', '"class_name":"Mystery"'],
      /TensorFlow.js cannot build the model: Unknown layer: Mystery/,
    ],
    [
      'no layers',
      'sequential',
      ['"layers":[', '"strata":['],
      /the model has no list of layers; the file is damaged/,
    ],
  ])('is refused with %s', async (_, name, [from, to], message) => {
    const change = (text: string) => {
      expect(text).toContain(from);
      return text.replaceAll(from, to);
    };
    const loading = load(name, change);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(WeightsError);
  });
});

describe('a topology', () => {
  it('written by TensorFlow.js is unchanged', () => {
    const model = tfl.sequential({ layers: [tfl.layers.leakyReLU({ inputShape: [2] })] });
    const topology = model.toJSON(null, false) as unknown as Record<string, unknown>;
    expect(readTopology(topology, 'a').modelTopology).toBe(topology);
  });

  it('of Keras 2 is unchanged, but refused if TensorFlow.js would compute something else', () => {
    const keras2 = (config: object) => ({
      keras_version: '2.15.0',
      model_config: {
        class_name: 'Sequential',
        config: {
          name: 'm',
          layers: [
            { class_name: 'ReLU', config: { name: 'r', batch_input_shape: [null, 2], ...config } },
          ],
        },
      },
    });
    const same = keras2({ max_value: null, negative_slope: 0, threshold: 0 });
    expect(readTopology(same, 'a').modelTopology).toEqual(same);
    expect(() => readTopology(keras2({ threshold: 1 }), 'a')).toThrow(
      'a: layer "r" (ReLU) has threshold = 1, which TensorFlow.js passes over; expected 0: change the layer',
    );
  });
});
