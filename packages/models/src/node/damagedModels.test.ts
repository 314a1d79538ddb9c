import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { WeightsError } from '../weights/weightsError.ts';
import { loadModel, modelFiles } from './modelFiles.ts';
import { readWeights } from './readWeights.ts';

let folder: string;
let original: string;
let weights: number[];
const path = (name: string) => join(folder, name);
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({ name: 'conv', filters: 2, kernelSize: 2, inputShape: [2, 2, 1] }),
      tfl.layers.flatten(),
      tfl.layers.dense({ name: 'fc', units: 2 }),
    ],
  });
  await model.save(modelFiles(folder));
  original = await readFile(path('model.json'), 'utf8');
  weights = valuesOf(model);
});
afterAll(() => rm(folder, { recursive: true }));

/** In the order of layers, frozen or not; TensorFlow.js lists frozen ones last. */
const valuesOf = ({ layers }: tfl.LayersModel) =>
  layers.flatMap((layer) => layer.weights.flatMap((weight) => [...weight.read().dataSync()]));

type Manifest = tf.io.WeightsManifestConfig;
const write = (content: string | Uint8Array) => writeFile(path('model.json'), content);
const withManifest = (change: (manifest: Manifest) => unknown) => {
  const json = JSON.parse(original) as tf.io.ModelJSON;
  return write(JSON.stringify({ ...json, weightsManifest: change(json.weightsManifest) }));
};
/** The manifest with one weight changed. */
const withWeight = (index: number, change: object) =>
  withManifest(([group]) => [
    {
      ...group,
      weights: group!.weights.map((spec, i) => (i === index ? { ...spec, ...change } : spec)),
    },
  ]);

describe('a model.json', () => {
  it('may begin with a byte order mark', async () => {
    await write(`\uFEFF${original}`);
    expect((await loadModel(folder)).layers).toHaveLength(3);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'in UTF-16',
      () => write(Buffer.from(`\uFEFF${original}`, 'utf16le')),
      /UTF-16; save it as UT/,
    ],
    ['in Latin-1', () => write(Buffer.from('{"a":"é"}', 'latin1')), /expected the JSON of a model/],
    ['of Keras, not converted', () => write('{"class_name":"Sequential"}'), /_converter$/],
    [
      'with groups that are none',
      () => withManifest(() => [7]),
      /groups of paths and weights, got 7/,
    ],
    [
      'with weights outside of its folder',
      () => withManifest(([group]) => [{ ...group, paths: ['/etc/hostname'] }]),
      /expected names of files beside it, got "\/etc\/hostname"; put the weights into its folder/,
    ],
    [
      'with its folder as weights',
      () => withManifest(([group]) => [{ ...group, paths: ['..'] }]),
      /expected names of files beside it, got "\.\."/,
    ],
    [
      'with a path that is none',
      () => withManifest(([group]) => [{ ...group, paths: [{}] }]),
      /expected names of files beside it, got \{\}/,
    ],
    [
      'with weights of another shape',
      () => withWeight(0, { shape: [1, 2, 2, 2] }),
      /TensorFlow.js cannot build the model: .*[Ss]hape/,
    ],
    [
      'with a huge weight',
      () => withWeight(0, { shape: [2 ** 50] }),
      /expected \d+ bytes of weights/,
    ],
    [
      'with sizes below 0',
      () => withWeight(3, { shape: [-1, -2] }),
      /weight "fc\/bias": expected a shape of whole numbers ≥ 0, got \[-1,-2\]/,
    ],
    ['with a weight of no name', () => withWeight(0, { name: 5 }), /weights with names, got/],
    [
      'with a key of objects',
      () => withWeight(0, { name: '__proto__' }),
      /weights with names, got/,
    ],
    [
      'with a weight twice',
      () => withWeight(1, { name: 'conv/kernel' }),
      /model.json: two weights are called "conv\/kernel"/,
    ],
    [
      'with a weight of another name',
      () => withWeight(1, { name: 'toString' }),
      /cannot build the model: .*(toString|not set)/,
    ],
    [
      'with a type that TensorFlow.js does not read',
      () => withWeight(0, { dtype: 'complex64' }),
      /weight "conv\/kernel": expected one of float32, int32, bool, got "complex64"/,
    ],
    [
      'quantized without a scale',
      () => withWeight(0, { quantization: { dtype: 'uint8' } }),
      /weight "conv\/kernel": expected a quantization with scale and min, got/,
    ],
    [
      'with an own class of objects',
      () => write(original.replace('"Dense"', '"constructor"')),
      /TensorFlow.js cannot build the model/,
    ],
    [
      'with a huge layer',
      () => write(original.replace('"units":2', '"units":1e15')),
      /TensorFlow.js cannot build the model/,
    ],
  ])('is refused %s', async (_, damage, message) => {
    await damage();
    const loading = loadModel(folder);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(WeightsError);
  });

  it('saved with its optimizer has only the weights of the model', async () => {
    const bytes = await readFile(path('weights.bin'));
    await writeFile(path('more.bin'), Buffer.concat([bytes, new Uint8Array(4)]));
    await withManifest(([group]) => [
      {
        paths: ['more.bin'],
        weights: [
          ...group!.weights,
          { name: 'iter', shape: [], dtype: 'float32', group: 'optimizer' },
        ],
      },
    ]);
    expect([...(await readWeights(folder)).keys()]).toEqual([
      ...['conv/kernel', 'conv/bias', 'fc/kernel', 'fc/bias'],
    ]);
  });

  it('that is damaged anywhere is read with all its weights, or refused', async () => {
    const places: (readonly (string | number)[])[] = [];
    const visit = (value: unknown, place: readonly (string | number)[]) => {
      places.push(place);
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) visit(inner, [...place, key]);
    };
    visit(JSON.parse(original), []);
    const values = [null, -1, 0, 3, 1e300, '', 'constructor', '__proto__', [], {}, [[1]], true];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom<unknown>(...values),
        async (place, value) => {
          const json: unknown = JSON.parse(original);
          let parent = { root: json } as Record<string, unknown>;
          let last: string | number = 'root';
          for (const key of place) [parent, last] = [parent[last] as typeof parent, key];
          parent[last] = value;
          await write(JSON.stringify(json));
          try {
            await readWeights(folder);
            const loaded = await loadModel(folder);
            const values = valuesOf(loaded);
            loaded.dispose();
            const { weightsManifest } = json as tf.io.ModelJSON;
            return !weightsManifest?.length || values.join() === weights.join();
          } catch (error) {
            return error instanceof WeightsError;
          }
        },
      ),
      { numRuns: 150, seed: 1 },
    );
  }, 60_000);
});
