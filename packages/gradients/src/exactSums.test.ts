import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import {
  automaticClipping,
  flatClipping,
  mostUnitsOfInt32Sum,
  perLayerClipping,
} from '@dpquant/mechanisms';
import { contribute } from './contribute.ts';
import type { ContributeOptions } from './contributeOptions.ts';
import { meanSquaredError } from './losses.ts';
import { optionsFor } from './testing/comparison.ts';
import {
  modelOf,
  randomBatch,
  randomizeWeights,
  selectExamples,
  type PlainBatch,
} from './testing/models.ts';
import { build, chains, channels } from './testing/randomModels.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Whole numbers by weight name. */
type Sums = ReadonlyMap<string, Int32Array>;

async function sumsOf(model: tfl.LayersModel, batch: PlainBatch, options: ContributeOptions) {
  return (await contribute(model, batch, options)).sums as Sums;
}

/** Σ z², exact. */
function squared(sums: Sums): bigint {
  let sum = 0n;
  for (const values of sums.values()) for (const value of values) sum += BigInt(value) ** 2n;
  return sum;
}

/** The square of the clip norm in grid units. */
const most = 2n ** 40n;

function plus(a: Sums, b: Sums): Sums {
  return new Map([...a].map(([name, sum]) => [name, sum.map((x, i) => x + b.get(name)![i]!)]));
}

/** The rows of some units, in their order. */
const rowsOf = (units: readonly number[], rowsPerUnit: number) =>
  units.flatMap((unit) => Array.from({ length: rowsPerUnit }, (_, k) => unit * rowsPerUnit + k));

/** Values that a unit may have. */
const fills: Record<string, (index: number) => number> = {
  ordinary: (i) => Math.sin(7 * i),
  large: (i) => 1000 * Math.sin(i),
  zeros: () => 0,
  equal: () => 0.1,
  NaN: (i) => (i === 5 ? NaN : 0.1),
  infinity: (i) => (i === 3 ? Infinity : 1),
  '10³⁰': () => 1e30,
  'cancelling 10³⁰': (i) => (i % 2 ? 1e30 : -1e30),
  'all maximum': () => 3.4028234e38,
  '10⁻³⁰': () => 1e-30,
};
const fill = fc.constantFrom(...Object.keys(fills));

const rules = { flat: flatClipping, 'per-layer': perLayerClipping, automatic: automaticClipping };

/** A batch of units, of which some have other values. */
function batchOf(names: readonly string[], rowsPerUnit: number, seed: number): PlainBatch {
  const shape = [3, 2, channels];
  const batch = randomBatch(names.length * rowsPerUnit, shape, 3, seed);
  const values = batch.inputs.dataSync<'float32'>().slice();
  const size = values.length / names.length;
  names.forEach((name, unit) => {
    if (name === 'ordinary') return;
    for (let i = 0; i < size; i++) values[unit * size + i] = fills[name]!(i);
  });
  return { ...batch, inputs: tf.tensor(values, batch.inputs.shape) };
}

it('a unit adds its own whole numbers, to the bit, in any batch', async () => {
  let counted = 0;
  const recipe = fc.record({
    ...chains,
    others: fc.array(fill, { minLength: 1, maxLength: 4 }),
    added: fill,
    format: fc.constantFrom('float32', 'luq-fp4', 'int8', 'mxfp4', 'uint4-luq'),
    rowsPerUnit: fc.constantFrom(1, 3),
    rule: fc.constantFrom(...Object.keys(rules)) as fc.Arbitrary<keyof typeof rules>,
    clipNorm: fc.constantFrom(1e-3, 1, 50),
    place: fc.nat(4),
    physicalUnits: fc.integer({ min: 1, max: 5 }),
    seed: fc.nat(1000),
  });
  await fc.assert(
    fc.asyncProperty(recipe, async (drawn) => {
      const { others, added, rowsPerUnit, rule, clipNorm, place, physicalUnits, seed } = drawn;
      const model = build(drawn);
      randomizeWeights(model, seed);
      const batch = batchOf([...others, added], rowsPerUnit, seed);
      const clipping = rules[rule](clipNorm);
      const options = { ...optionsFor(drawn.format, clipNorm), clipping, rowsPerUnit };
      /** Cut into physical batches of one size, of which the last is padded. */
      const sumOf = async (units: readonly number[], size: number) => {
        let total: Sums | null = null;
        for (let start = 0; start < units.length; start += size) {
          const rows = rowsOf(units.slice(start, start + size), rowsPerUnit);
          const part = selectExamples(batch, rows, size * rowsPerUnit);
          const sums = await sumsOf(model, part, options);
          total = total ? plus(total, sums) : sums;
        }
        return total!;
      };
      const x = others.length;
      const alone = await sumOf([x], 1);
      const without = await sumOf([...others.keys()], others.length);
      const order = [...others.keys()].reverse();
      order.splice(place, 0, x);
      const withUnit = await sumOf(order, physicalUnits);
      expect(withUnit).toEqual(plus(without, alone));
      expect(squared(alone) <= most).toBe(true);
      if (squared(alone) > most / 10n) counted++;
      model.dispose();
      tf.dispose([batch.inputs, batch.targets]);
    }),
    { numRuns: 80, seed: 11, endOnFailure: true },
  );
  // The bound must not hold only because all sums are zero.
  expect(counted).toBeGreaterThan(20);
});

describe('an image of equal pixels adds at most the clip norm, although all terms round alike:', () => {
  const { conv2d, dense } = tfl.layers;
  const onPositions = (positions: number): tfl.LayersModel =>
    modelOf(
      dense({ inputShape: [positions, 1], units: 2, useBias: false }),
      tfl.layers.globalAveragePooling1d({}),
    );
  const onImages = (size: number, channelCount: number, strides: number): tfl.LayersModel =>
    modelOf(
      conv2d({
        inputShape: [size, size, channelCount],
        filters: 2,
        kernelSize: 3,
        strides,
        padding: 'same',
        useBias: false,
      }),
      tfl.layers.globalAveragePooling2d({}),
    );
  const models: Record<string, () => [tfl.LayersModel, number[]]> = {
    'dense, 1,024 positions': () => [onPositions(1024), [1024, 1]],
    'dense, 16,384 positions': () => [onPositions(16_384), [16_384, 1]],
    'convolution of 64×64': () => [onImages(64, 1, 1), [64, 64, 1]],
    'convolution of 224×224×3': () => [onImages(224, 3, 1), [224, 224, 3]],
    'dense, one position': () => [
      modelOf(dense({ inputShape: [64], units: 2, useBias: false })),
      [64],
    ],
  };

  it.each(Object.keys(models))('%s', async (name) => {
    const [model, shape] = models[name]!();
    const few = name.includes('224');
    for (const format of few ? ['float32'] : ['float32', 'luq-fp4']) {
      for (const pixel of few ? [0.1] : [0.1, 1 / 3, 0.7, 123.4]) {
        for (const clipNorm of few ? [1] : [0.1, 1]) {
          const inputs = tf.fill([1, ...shape], pixel);
          const targets = tf.tensor2d([[300.7, -200.3]]);
          const batch = { ...randomBatch(1, shape, 2), inputs, targets };
          const options = { ...optionsFor(format, clipNorm), loss: meanSquaredError };
          const z = await sumsOf(model, batch, options);
          expect(squared(z) <= most).toBe(true);
          expect(squared(z) > most / 2n).toBe(true);
        }
      }
    }
  });
});

it('a factor outside float32 leaves a unit out, and no other', async () => {
  const model = modelOf(tfl.layers.dense({ inputShape: [1], units: 1 }));
  // Without a gradient the factor is the clip norm over the stability, 10⁴⁰.
  const clipping = automaticClipping(1, 1e-40);
  const options = { ...optionsFor('float32'), loss: meanSquaredError, clipping };
  const targets = model.predict(tf.tensor2d([[3]])) as tf.Tensor2D;
  const batch = {
    ...randomBatch(2, [1], 2),
    inputs: tf.tensor2d([[2], [3]]),
    targets: tf.concat([[[7]], targets]),
  };
  const other = await sumsOf(model, selectExamples(batch, [0]), options);
  expect(squared(other) > most / 2n).toBe(true);
  expect(await sumsOf(model, batch, options)).toEqual(other);
});

describe('contribute', () => {
  it('refuses more units than a sum of int32 values holds', async () => {
    const model = modelOf(tfl.layers.dense({ inputShape: [2], units: 2 }));
    const units = mostUnitsOfInt32Sum + 1;
    const options = optionsFor('float32');
    const work = contribute(model, randomBatch(units, [2], 2), options);
    await expect(work).rejects.toThrow(
      /^batch: expected at most 2047 units, .*got 2048; take smaller/,
    );
    // Rows are not units here.
    const batch = randomBatch(units, [2], 2);
    const { sums } = await contribute(model, batch, { ...options, rowsPerUnit: 2 });
    expect(sums.size).toBe(2);
  });

  it('supports that many units, all in one direction', async () => {
    const model = modelOf(tfl.layers.dense({ inputShape: [1], units: 1, useBias: false }));
    const n = mostUnitsOfInt32Sum;
    const batch = {
      ...randomBatch(n, [1], 2),
      inputs: tf.fill([n, 1], 5),
      targets: tf.fill([n, 1], -1e4),
    };
    const options = { ...optionsFor('float32'), loss: meanSquaredError };
    const [sum] = [...(await sumsOf(model, batch, options)).values()] as [Int32Array];
    const one = selectExamples(batch, [7]);
    const [alone] = [...(await sumsOf(model, one, options)).values()] as [Int32Array];
    expect(sum[0]).toBe(n * alone[0]!);
    expect(Math.abs(alone[0]!)).toBeGreaterThan(2 ** 20 - 10);
  });
});
