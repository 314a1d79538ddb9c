import { afterAll, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { contribute, GroupNormalization, softmaxCrossEntropy } from '@dpquant/gradients';
import { flatClipping } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { fillGaussian, philoxKeyFromSeed, SeededRandom } from '@dpquant/random';
import { startBackend, stopBackends, type StartOptions } from './index.ts';
import { describeOnWebGpu } from './testing/describeOnWebGpu.ts';

/** Software drivers take seconds to compile a shader. */
jest.setTimeout(120_000);

const count = 6;

function normal(length: number, seed: number): Float32Array {
  const values = new Float32Array(length);
  fillGaussian(new SeededRandom(seed, 'values'), values);
  return values;
}

/**
 * Layers of every kind that has its own kernel or reads values. Random bits depend on their names.
 */
function images(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [10, 9, 2],
        name: 'first',
        filters: 8,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
      }),
      new GroupNormalization({ groups: 2 }),
      tfl.layers.maxPooling2d({ poolSize: 2 }),
      tfl.layers.depthwiseConv2d({ kernelSize: 2 }),
      tfl.layers.conv2d({ name: 'second', filters: 4, kernelSize: 2, strides: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ name: 'head', units: 3 }),
    ],
  });
}

function sequences(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      tfl.layers.embedding({ inputDim: 7, outputDim: 5, inputLength: 4 }),
      tfl.layers.layerNormalization(),
      tfl.layers.dense({ name: 'hidden', units: 6, activation: 'tanh' }),
      tfl.layers.flatten(),
      tfl.layers.dense({ name: 'head', units: 3 }),
    ],
  });
}

interface Found {
  readonly norms: Float64Array;
  readonly loss: number;
  readonly sums: Record<string, number[]>;
}

/** The contribution of a batch, on one backend. */
async function contributed(
  backend: string,
  build: () => tfl.LayersModel,
  input: { values: Float32Array; shape: number[] },
  format: string,
  rowsPerUnit: number,
  options: StartOptions = {},
): Promise<Found> {
  await startBackend(backend, options);
  const model = build();
  let seed = 1;
  model.setWeights(
    model.getWeights().map((weight) => {
      return tf.tensor(
        normal(weight.size, seed++).map((x) => x / 2),
        weight.shape,
      );
    }),
  );
  const before = tf.memory().numTensors;
  const inputs = tf.tensor(input.values, [count, ...input.shape]);
  const targets = tf.tensor1d([0, 1, 2, 0, 1, 2]);
  const contribution = await contribute(
    model,
    {
      inputs,
      targets,
      mask: Float32Array.of(1, 1, 1, 1, 1, 0),
      keys: { rows: Uint32Array.of(4, 9, 1, 70000, 2, 0), views: new Uint32Array(count).fill(3) },
    },
    {
      loss: softmaxCrossEntropy,
      clipping: flatClipping(0.5),
      arithmetic: () => layerArithmetic(format),
      randomness: { key: philoxKeyFromSeed(8), step: 5 },
      rowsPerUnit,
    },
  );
  const sums: Record<string, number[]> = {};
  const names = model.trainableWeights.map((weight) => (weight.read() as tf.Variable).name);
  for (const [name, sum] of contribution.sums) {
    sums[String(names.indexOf(name))] = [...sum];
  }
  const { norms, lossSum } = contribution.unsafe;
  tf.dispose([inputs, targets]);
  expect(tf.memory().numTensors).toBe(before);
  model.dispose();
  return { norms, loss: lossSum, sums };
}

function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  return Math.sqrt(difference / Math.max(size, Number.MIN_VALUE));
}

describeOnWebGpu('a private step on WebGPU', () => {
  afterAll(stopBackends);
  const pictures = { values: normal(count * 180, 1), shape: [10, 9, 2] };
  const words = {
    values: Float32Array.from({ length: count * 4 }, (_, i) => (i * 5) % 7),
    shape: [4],
  };

  it.each([
    ['images in float32', images, pictures, 'float32', 1],
    ['images in float32, two rows a unit', images, pictures, 'float32', 2],
    ['images in LUQ-FP4', images, pictures, 'luq-fp4', 1],
    ['sequences in float32', sequences, words, 'float32', 1],
    ['sequences in LUQ-FP4', sequences, words, 'luq-fp4', 1],
  ] as const)(
    '%s: norms and clipped sums equal those on cpu',
    async (_, build, input, format, k) => {
      const [expected, found] = [
        await contributed('cpu', build, { ...input, shape: [...input.shape] }, format, k),
        await contributed('webgpu', build, { ...input, shape: [...input.shape] }, format, k),
      ];
      expect(found.loss).toBeCloseTo(expected.loss, 4);
      // Bounds of float32 products include their rounding errors.
      expect(relativeDistance(found.norms, expected.norms)).toBeLessThan(1e-4);
      expect(Object.keys(found.sums)).toEqual(Object.keys(expected.sums));
      const distances = Object.entries(expected.sums).map(([name, sum]) =>
        relativeDistance(found.sums[name]!, sum),
      );
      expect(Math.max(...distances)).toBeLessThan(1e-4);
    },
  );

  it.each([
    ['images', images, pictures],
    ['sequences', sequences, words],
  ] as const)(
    '%s in LUQ-FP4: multiplying codes as integers or in float32 makes no difference',
    async (_, build, input) => {
      const [integers, floats] = [
        await contributed('webgpu', build, { ...input, shape: [...input.shape] }, 'luq-fp4', 1, {
          products: 'integer',
        }),
        await contributed('webgpu', build, { ...input, shape: [...input.shape] }, 'luq-fp4', 1, {
          products: 'float32',
        }),
      ];
      // Short sums: K·64² is below 2²⁴.
      expect([integers.loss, ...integers.norms]).toEqual([floats.loss, ...floats.norms]);
      // A factor scales the exact sum over an example's positions, or each of its terms.
      const distances = Object.entries(floats.sums).map(([name, sum]) =>
        relativeDistance(integers.sums[name]!, sum),
      );
      expect(Math.max(...distances)).toBeLessThan(1e-6);
    },
  );

  it('leaves out an example that is not finite, by its norm', async () => {
    const values = pictures.values.slice();
    values[190] = NaN;
    const found = await contributed(
      'webgpu',
      images,
      { values, shape: [...pictures.shape] },
      'luq-fp4',
      1,
    );
    expect([...found.norms].map(Number.isFinite)).toEqual([true, false, true, true, true, true]);
    expect(Object.values(found.sums).flat().every(Number.isFinite)).toBe(true);
  });
});
