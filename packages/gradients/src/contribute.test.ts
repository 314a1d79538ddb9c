import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  automaticClipping,
  flatClipping,
  gridLoss,
  gridUnit,
  perLayerClipping,
} from '@dpquant/mechanisms';
import { contribute } from './contribute.ts';
import { GroupNormalization } from './layers/groupNormalization.ts';
import { meanSquaredError } from './losses.ts';
import { microbatchGradients } from './microbatchGradients.ts';
import { distance, expectEqualToOracle, optionsFor, sumsOf } from './testing/comparison.ts';
import { everyLayerModel, modelOf, randomBatch, selectExamples } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

// A float format, integers, block formats with two kinds of scales, and mixes.
const formats = ['float32', 'luq-fp4', 'int8', 'mxfp4', 'uint4-luq', 'nvfp4'];
const { conv2d, dense, flatten } = tfl.layers;

describe.each(formats)('contribute in %s equals one example at a time', (format) => {
  const models: Record<string, () => [tfl.LayersModel, number[]]> = {
    'every layer': () => [everyLayerModel(), [7, 6, 2]],
    dense: () => [modelOf(dense({ inputShape: [6], units: 3 })), [6]],
    'dense without bias': () => [
      modelOf(
        dense({ inputShape: [6], units: 4, useBias: false, activation: 'sigmoid' }),
        dense({ units: 3, useBias: false }),
      ),
      [6],
    ],
    'a single class of image': () => [
      modelOf(flatten({ inputShape: [2, 2, 1] }), dense({ units: 3 })),
      [2, 2, 1],
    ],
    'group normalization of the input': () => [
      modelOf(
        new GroupNormalization({ inputShape: [4, 4, 6], groups: 3 }),
        flatten(),
        dense({ units: 3 }),
      ),
      [4, 4, 6],
    ],
  };
  for (const padding of ['same', 'valid'] as const) {
    for (const strides of [1, 2] as const) {
      for (const kernelSize of [1, 3, [4, 2] as [number, number]]) {
        const name = `convolution ${String(kernelSize)}, stride ${strides}, ${padding}`;
        models[name] = () => [
          modelOf(
            conv2d({ inputShape: [5, 6, 2], filters: 3, kernelSize, strides, padding }),
            tfl.layers.activation({ activation: 'elu' }),
            conv2d({ filters: 2, kernelSize: 2, padding: 'same', activation: 'relu' }),
            flatten(),
            dense({ units: 3 }),
          ),
          [5, 6, 2],
        ];
      }
    }
  }
  it.each(Object.entries(models))('for %s', async (_, build) => {
    const [model, inputShape] = build();
    await expectEqualToOracle(model, randomBatch(4, inputShape, 3), format);
  });

  it('for a batch of one, and for padding between the examples', async () => {
    const model = everyLayerModel();
    await expectEqualToOracle(model, randomBatch(1, [7, 6, 2], 3), format);
    const batch = randomBatch(5, [7, 6, 2], 3);
    batch.mask.set([1, 0, 1, 1, 0]);
    await expectEqualToOracle(model, batch, format);
  });

  it('for a nested model', async () => {
    const inner = tfl.sequential({
      layers: [dense({ inputShape: [6], units: 5, activation: 'tanh' }), dense({ units: 4 })],
    });
    await expectEqualToOracle(modelOf(inner, dense({ units: 3 })), randomBatch(4, [6], 3), format);
  });
});

describe.each(formats)('the clipped sum in %s', (format) => {
  const model = () => everyLayerModel();

  it('is bit-identical for any division, order and padding of a logical batch', async () => {
    const network = model();
    const batch = randomBatch(7, [7, 6, 2], 3);
    const options = optionsFor(format);
    const whole = await sumsOf(network, batch, options);
    const cuts = [
      [[0, 1, 2], [3, 4, 5], [6]],
      [[6, 2], [0, 5], [4, 1], [3]],
    ];
    for (const cut of cuts) {
      const total = new Map([...whole].map(([name, sum]) => [name, new Float64Array(sum.length)]));
      for (const indices of cut) {
        const part = await sumsOf(network, selectExamples(batch, indices, 4), options);
        for (const [name, sum] of part) sum.forEach((value, i) => (total.get(name)![i]! += value));
      }
      expect(total).toEqual(whole);
    }
  });

  // The most important test: adding any example x changes the sum by at most C.
  const examples: Record<string, (index: number) => number> = {
    NaN: () => NaN,
    'one NaN': (i) => (i === 5 ? NaN : 0.1),
    infinity: (i) => (i === 3 ? Infinity : 1),
    '10³⁰': () => 1e30,
    '10³⁰ and −10³⁰': (i) => (i % 2 ? 1e30 : -1e30),
    '10⁻³⁰': () => 1e-30,
    zeros: () => 0,
    'all maximum': () => 3.4e38,
    'a large example': (i) => 1000 * Math.sin(i),
    'an ordinary example': (i) => Math.sin(7 * i),
  };
  for (const clipNorm of [1e-3, 1, 50]) {
    it.each(Object.keys(examples))(
      `moves by at most C = ${clipNorm} when an example of %s is added`,
      async (name) => {
        const network = model();
        const data = randomBatch(7, [7, 6, 2], 3);
        const values = data.inputs.dataSync<'float32'>();
        const size = values.length / 7;
        for (let i = 0; i < size; i++) values[6 * size + i] = examples[name]!(i);
        const batch = { ...data, inputs: tf.tensor(values, data.inputs.shape) };
        const options = optionsFor(format, clipNorm);
        const sums = async (parts: number[][]) => {
          const total = new Map<string, Float64Array>();
          for (const indices of parts) {
            const part = await sumsOf(network, selectExamples(batch, indices, 4), options);
            for (const [weight, sum] of part) {
              const into = total.get(weight) ?? new Float64Array(sum.length);
              sum.forEach((value, i) => (into[i]! += value));
              total.set(weight, into);
            }
          }
          return total;
        };
        const without = await sums([
          [0, 1, 2, 3],
          [4, 5],
        ]);
        for (const cut of [
          [
            [0, 1, 2, 3],
            [4, 5, 6],
          ],
          [
            [0, 1, 2, 6],
            [3, 4, 5],
          ],
          [[6], [5, 4, 3, 2], [1, 0]],
        ]) {
          const withExample = await sums(cut);
          for (const values of withExample.values()) {
            expect(values.every(Number.isFinite)).toBe(true);
          }
          expect(distance(withExample, without)).toBeLessThanOrEqual(clipNorm);
        }
        // A finite gradient must be clipped, not dropped.
        if (name === 'a large example') {
          expect(distance(await sums([[6]]))).toBeGreaterThan(0.1 * Math.min(1, clipNorm));
        }
      },
    );
  }
});

describe.each([
  ['per-layer', perLayerClipping],
  ['automatic', automaticClipping],
  ['flat', flatClipping],
] as const)('%s clipping', (_, rule) => {
  it.each([1, 3])(
    'moves the sum by at most C when a unit of %d rows is added, whatever is in it',
    async (rowsPerUnit) => {
      const model = everyLayerModel();
      const fills = [NaN, Infinity, 1e30, -1e30, 0, 3.4e38, 1e-30, 2, 1000];
      for (const format of ['float32', 'luq-fp4']) {
        for (const fill of fills) {
          const batch = randomBatch(3 * rowsPerUnit, [7, 6, 2], 3);
          const values = batch.inputs.dataSync<'float32'>().slice();
          const unit = values.length / 3;
          for (let i = 0; i < unit; i++) values[i] = i % 3 === 0 ? fill : Math.sin(i);
          const changed = { ...batch, inputs: tf.tensor(values, batch.inputs.shape) };
          for (const clipNorm of [0.01, 1]) {
            const options = { ...optionsFor(format), clipping: rule(clipNorm), rowsPerUnit };
            const withUnit = await contribute(model, changed, options);
            const mask = changed.mask.slice().fill(0, 0, rowsPerUnit);
            const without = await contribute(model, { ...changed, mask }, options);
            const moved = distance(withUnit.sums, without.sums) * withUnit.gridUnit;
            expect(moved).toBeLessThanOrEqual(clipNorm);
            // The count for quantile clipping changes by one half.
            expect(Math.abs(withUnit.unclippedCount - without.unclippedCount)).toBe(0.5);
            // A finite gradient must be clipped, not dropped.
            if (fill === 2) expect(moved).toBeGreaterThan(0.02 * clipNorm);
          }
        }
      }
    },
  );
});

describe.each(formats)('examples at the limits of float32 in %s', (format) => {
  it.each([1e-18, 1e-4, 1, 1e3])('change the sum by at most C = %d', async (clipNorm) => {
    // A linear model with squared error: gradients grow with the square of the input.
    const models = [
      modelOf(dense({ inputShape: [4], units: 2, useBias: false })),
      modelOf(dense({ inputShape: [4], units: 4 }), dense({ units: 2 })),
      modelOf(
        tfl.layers.reshape({ inputShape: [4], targetShape: [2, 2, 1] }),
        conv2d({ filters: 2, kernelSize: 2, padding: 'same' }),
        flatten(),
        dense({ units: 2 }),
      ),
    ];
    const options = { ...optionsFor(format, clipNorm), loss: meanSquaredError };
    const wrong: string[] = [];
    for (const [m, model] of models.entries()) {
      for (let exponent = -44; exponent <= 38; exponent += 1) {
        for (const digit of [1, 2.3]) {
          const value = digit * 10 ** exponent;
          const inputs = tf.tensor2d([value, value / 3, -value, 0], [1, 4]);
          const targets = tf.tensor2d([0, value], [1, 2]);
          const batch = { ...randomBatch(1, [4], 2), inputs, targets };
          const moved = distance(await sumsOf(model, batch, options));
          if (!(moved <= clipNorm)) wrong.push(`model ${m}, ${value}: ${moved}`);
          // A finite gradient must be clipped, not dropped.
          if (exponent === 5 && !(moved > 0.5 * clipNorm)) wrong.push(`dropped: ${moved}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

it('per-layer clipping scales each layer by its own norm', async () => {
  const model = everyLayerModel();
  const batch = randomBatch(3, [7, 6, 2], 3);
  const oracle = await microbatchGradients(model, batch, optionsFor('float32'));
  const sums = await sumsOf(model, batch, {
    ...optionsFor('float32'),
    clipping: perLayerClipping(0.5),
  });
  const layers = model.layers.filter((layer) => layer.trainableWeights.length > 0);
  const dimension = model.countParams();
  for (const layer of layers) {
    const names = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    const expected = new Map(names.map(({ name, size }) => [name, new Float64Array(size)]));
    for (const gradients of oracle.gradients) {
      const own = new Map(names.map(({ name }) => [name, gradients.get(name)!]));
      const factor = Math.min(1, 0.5 / Math.sqrt(layers.length) / distance(own));
      for (const [name, values] of own) {
        values.forEach((value, i) => (expected.get(name)![i]! += factor * value));
      }
    }
    for (const [name, values] of expected) {
      // Three units are rounded to the grid; `gridLoss` bounds the loss.
      const halves = 1.5 * Math.sqrt(values.length) * gridUnit(0.5);
      expect(distance(new Map([[name, values]]), sums)).toBeLessThanOrEqual(
        (1e-5 + gridLoss(dimension)) * distance(expected) + halves,
      );
    }
  }
});

describe('contribute', () => {
  it("leaves out gradients that are not finite, whatever the rule's factor", async () => {
    const batch = randomBatch(3, [7, 6, 2], 3);
    const values = batch.inputs.dataSync<'float32'>().slice();
    values[values.length - 1] = NaN;
    const poisoned = { ...batch, inputs: tf.tensor(values, batch.inputs.shape) };
    const padded = { ...batch, mask: Float32Array.of(1, 1, 0) };
    // The shortest code for a clipping rule returns NaN for a norm that is NaN.
    const factors = (norms: Float64Array) => Float32Array.from(norms, (n) => Math.min(1, 0.5 / n));
    const options = { ...optionsFor('float32'), clipping: { ...flatClipping(0.5), factors } };
    const model = everyLayerModel();
    const found = await sumsOf(model, poisoned, options);
    expect(found).toEqual(await sumsOf(model, padded, options));
  });

  it('reports a factor of 0 for padding and for gradients that are not finite', async () => {
    const batch = randomBatch(3, [7, 6, 2], 3);
    batch.mask[1] = 0;
    const values = batch.inputs.dataSync<'float32'>();
    values[values.length - 1] = NaN;
    const poisoned = { ...batch, inputs: tf.tensor(values, batch.inputs.shape) };
    const contribution = await contribute(everyLayerModel(), poisoned, optionsFor('float32', 1e9));
    const { unsafe } = contribution;
    // One within the clip norm, padding, and one that is not finite.
    expect(contribution.unclippedCount).toBe(0.5 - 0.5);
    expect([...unsafe.factors]).toEqual([1, 0, 0]);
    expect(unsafe.norms[0]).toBeGreaterThan(0);
    expect(unsafe.norms[2]).toBeNaN();
  });

  it('keeps the number of tensors', async () => {
    const model = everyLayerModel();
    const batch = randomBatch(3, [7, 6, 2], 3);
    for (const format of formats) {
      await sumsOf(model, batch, optionsFor(format));
      const before = tf.memory().numTensors;
      await sumsOf(model, batch, optionsFor(format));
      expect(tf.memory().numTensors).toBe(before);
    }
    batch.inputs.dataSync()[0] = NaN;
    const poisoned = { ...batch, inputs: tf.mul(batch.inputs, NaN) };
    const before = tf.memory().numTensors;
    const sums = await sumsOf(model, poisoned, optionsFor('luq-fp4'));
    expect(distance(sums)).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leaves the model unchanged, also when the loss throws', async () => {
    const model = everyLayerModel();
    const batch = randomBatch(3, [7, 6, 2], 3);
    const predict = () => (model.predict(batch.inputs) as tf.Tensor).dataSync();
    const before = predict();
    const failing = {
      ...optionsFor('luq-fp4'),
      loss: () => {
        throw new Error('no loss today');
      },
    };
    await expect(contribute(model, batch, failing)).rejects.toThrow('no loss today');
    expect(model.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
    await sumsOf(model, batch, optionsFor('luq-fp4'));
    expect(model.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
    expect(predict()).toEqual(before);
  });

  it('refuses a loss that does not return one value per example', async () => {
    const options = {
      ...optionsFor('float32'),
      loss: () => tf.scalar(1) as unknown as tf.Tensor1D,
    };
    const work = contribute(everyLayerModel(), randomBatch(3, [7, 6, 2], 3), options);
    await expect(work).rejects.toThrow('loss: expected one value per example, [3], got []');
  });

  it('refuses weights that no rule covers, naming them', async () => {
    const model = modelOf(
      tfl.layers.conv3d({ inputShape: [3, 3, 3, 1], filters: 2, kernelSize: 2 }),
      flatten(),
      dense({ units: 3 }),
    );
    const work = contribute(model, randomBatch(2, [3, 3, 3, 1], 3), optionsFor('float32'));
    await expect(work).rejects.toThrow(/weights "conv3d_Conv3D\d*\/kernel", .*: not covered/);
  });
});
