import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import {
  microbatchClippedSum,
  microbatchGradients,
  softmaxCrossEntropy,
  trainableVariables,
} from '@dpquant/gradients';
import { flatClipping, noClipping } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { stripes, stripesModel } from '../testing/smallRun.ts';
import { clippedSum } from './clippedSum.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = {
  loss: softmaxCrossEntropy,
  clipping: flatClipping(0.5),
  arithmetic: () => layerArithmetic('luq-fp4'),
  randomness: { key: philoxKeyFromSeed(1), step: 2 },
};
const rows = Uint32Array.of(3, 8, 9, 20, 31, 40, 59);
const views = Uint32Array.of(1, 2, 3, 4, 5, 6, 7);

describe('clippedSum', () => {
  it.each([1, 3, 7, 16])("equals the oracle's sum in physical batches of %d", async (size) => {
    const model = stripesModel();
    const data = stripes();
    const { sums, gridUnit, sensitivity, unsafe } = await clippedSum(
      model,
      data,
      { rows, views },
      size,
      options,
    );
    const batch = await data.read(rows, { views });
    const oracle = microbatchClippedSum(
      await microbatchGradients(
        model,
        {
          inputs: tf.tensor(batch.inputs, [7, 4, 4, 1]),
          targets: tf.tensor1d(batch.targets),
          mask: batch.mask,
          keys: batch.keys,
        },
        options,
      ),
      0.5,
    );
    expect([sensitivity, gridUnit]).toEqual([0.5, 0.5 / 2 ** 20]);
    expect(unsafe.norms).toHaveLength(7);
    const names = trainableVariables(model).map(({ name }) => name);
    expect([...names].sort()).toEqual([...oracle.keys()].sort());
    expect(sums).toHaveLength(names.length);
    for (const [weight, name] of names.entries()) {
      expect(sums[weight]!.every(Number.isInteger)).toBe(true);
      oracle
        .get(name)!
        .forEach((value, i) => expect(sums[weight]![i]! * gridUnit).toBeCloseTo(value, 4));
    }
  });

  it('is bit-identical in every order and division into batches, and real-valued without clipping', async () => {
    const model = stripesModel();
    const whole = await clippedSum(model, stripes(), { rows, views }, 7, options);
    const turned = { rows: rows.slice().reverse(), views: views.slice().reverse() };
    for (const size of [1, 2, 4, 16]) {
      expect((await clippedSum(model, stripes(), turned, size, options)).sums).toEqual(whole.sums);
    }
    const plain = { ...options, clipping: noClipping() };
    const unclipped = await clippedSum(model, stripes(), { rows, views }, 7, plain);
    expect([unclipped.gridUnit, unclipped.sensitivity]).toEqual([1, Infinity]);
    expect(unclipped.sums.flatMap((sum) => [...sum]).every(Number.isInteger)).toBe(false);
  });

  it('keeps the rows of a unit together, whatever the physical batch', async () => {
    const model = stripesModel();
    const pairs = { rows: rows.slice(0, 6), views: views.slice(0, 6) };
    const sumsOf = async (size: number) =>
      clippedSum(model, stripes(), pairs, size, { ...options, rowsPerUnit: 2 });
    const whole = await sumsOf(6);
    expect(whole.unsafe.norms).toHaveLength(3);
    for (const size of [1, 3, 5]) {
      const { sums, unclippedCount } = await sumsOf(size);
      expect(unclippedCount).toBe(whole.unclippedCount);
      expect(sums).toEqual(whole.sums);
    }
  });

  it('is int32 for as many units as fit', async () => {
    const model = stripesModel();
    const clipping = flatClipping(1e-6);
    const sumsOf = async (count: number) => {
      const many = new Uint32Array(count).fill(8);
      const given = { rows: many, views: many };
      return (await clippedSum(model, stripes(), given, 1000, { ...options, clipping })).sums;
    };
    const one = await sumsOf(1);
    for (const count of [1, 1001, 2047, 2048]) {
      const sums = await sumsOf(count);
      const List = count < 2048 ? Int32Array : Float64Array;
      expect(sums).toEqual(one.map((sum) => new List(Array.from(sum, (value) => count * value))));
      expect(sums.every((sum) => sum instanceof List)).toBe(true);
    }
  });

  it('of no rows is zero for every weight', async () => {
    const model = stripesModel();
    const none = { rows: new Uint32Array(0), views: new Uint32Array(0) };
    const { sums } = await clippedSum(model, stripes(), none, 8, options);
    expect(sums).toHaveLength(model.trainableWeights.length);
    for (const sum of sums) expect(sum.every((value) => value === 0)).toBe(true);
  });
});
