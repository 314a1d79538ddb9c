import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { weightedDataset, type Dataset } from '@dpquant/data';
import { microbatchClippedSum, microbatchGradients, softmaxCrossEntropy } from '@dpquant/gradients';
import { flatClipping } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { stripes, stripesModel } from '../testing/smallRun.ts';
import { clippedSum } from './clippedSum.ts';
import { groupLosses } from './groupLosses.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const randomness = { key: philoxKeyFromSeed(1), step: 2 };
const rows = Uint32Array.of(3, 8, 9, 20);
const views = Uint32Array.of(0, 0, 0, 0);
const optionsOf = (clipNorm: number) => ({
  loss: softmaxCrossEntropy,
  clipping: flatClipping(clipNorm),
  arithmetic: () => layerArithmetic('luq-fp4'),
  randomness,
});

/** The examples with the given weights, and weight 1 for all others. */
const weighted = (weights: Readonly<Record<number, number>>): Dataset =>
  weightedDataset(
    stripes(),
    Array.from({ length: 60 }, (_, row) => weights[row] ?? 1),
    { greatestWeight: 100, where: 'weights' },
  );

const sumsOf = async (dataset: Dataset, wanted = rows, clipNorm = 0.5, size = 4) =>
  (
    await clippedSum(
      stripesModel(),
      dataset,
      { rows: wanted, views: views.slice(0, wanted.length) },
      size,
      optionsOf(clipNorm),
    )
  ).sums.map((sum) => [...sum]);

describe('a step over weighted examples', () => {
  it.each([1, 3, 4])('adds the oracle’s gradients in physical batches of %d', async (size) => {
    const dataset = weighted({ 3: 0.5, 8: 0, 20: 0.01 });
    const batch = await dataset.read(rows);
    const model = stripesModel();
    const oracle = microbatchClippedSum(
      await microbatchGradients(
        model,
        {
          inputs: tf.tensor(batch.inputs, [4, 4, 4, 1]),
          targets: tf.tensor1d(batch.targets),
          mask: batch.mask,
          weights: Float32Array.of(0.5, 0, 1, 0.01),
          keys: batch.keys,
        },
        optionsOf(0.5),
      ),
      0.5,
    );
    const sums = await sumsOf(dataset, rows, 0.5, size);
    [...oracle.values()].forEach((values, weight) =>
      values.forEach((value, i) =>
        expect((sums[weight]![i]! * 0.5) / 2 ** 20).toBeCloseTo(value, 4),
      ),
    );
  });

  it('leaves out an example of weight 0, and no other', async () => {
    const without = await sumsOf(stripes(), Uint32Array.of(3, 9, 20));
    expect(await sumsOf(weighted({ 8: 0 }))).toEqual(without);
    expect(await sumsOf(stripes())).not.toEqual(without);
  });

  it("has contributions that do not depend on other examples' weights", async () => {
    const one = await sumsOf(weighted({ 8: 0.25 }), Uint32Array.of(8));
    const others = await sumsOf(stripes(), Uint32Array.of(3, 9, 20));
    const together = others.map((sum, i) => sum.map((value, j) => value + one[i]![j]!));
    expect(await sumsOf(weighted({ 8: 0.25 }))).toEqual(together);
  });

  it('cancels a weight above 1 by clipping if the gradient reaches the clip norm', async () => {
    const alone = Uint32Array.of(8);
    const [heavy, usual] = [
      await sumsOf(weighted({ 8: 100 }), alone, 1e-3),
      await sumsOf(stripes(), alone, 1e-3),
    ];
    const length = (sums: number[][]) => Math.hypot(...sums.flat()) / 2 ** 20;
    expect(length(usual)).toBeGreaterThan(0.98);
    expect(length(heavy)).toBeLessThanOrEqual(1);
    const light = await sumsOf(weighted({ 8: 1e-6 }), alone, 1e-3);
    expect(length(light)).toBeLessThan(0.1);
  });

  it('is analysed with weighted losses', async () => {
    const analysed = async (dataset: Dataset) =>
      groupLosses(stripesModel(), dataset, [{ rows, views, randomness }], 3, {
        loss: softmaxCrossEntropy,
        arithmetics: [() => layerArithmetic('float32')],
      });
    const [plain] = await analysed(stripes());
    const [found] = await analysed(weighted({ 8: 0, 9: 0.5 }));
    expect([...found!]).toEqual([plain![0], 0, plain![2]! / 2, plain![3]]);
  });
});
