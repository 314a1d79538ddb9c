import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { contribute } from './contribute.ts';
import { expectEqualToOracle, optionsFor } from './testing/comparison.ts';
import { modelOf, randomBatch } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { dense } = tfl.layers;

it('frozen batch normalization without scale and centre keeps its statistics, and has a gradient', async () => {
  const frozen = tfl.layers.batchNormalization({ scale: false, center: false });
  const model = modelOf(dense({ inputShape: [4], units: 5 }), frozen, dense({ units: 3 }));
  frozen.setWeights(frozen.getWeights().map((weight) => tf.abs(weight)));
  frozen.trainable = false;
  await expectEqualToOracle(model, randomBatch(4, [4], 3), 'float32');
  expect((frozen as unknown as { gamma?: unknown }).gamma).toBeFalsy();
});

it('a frozen embedding leaves out an example with an index outside its table, and no other', async () => {
  const table = tfl.layers.embedding({ inputDim: 5, outputDim: 3, inputLength: 2 });
  const model = modelOf(table, tfl.layers.flatten(), dense({ units: 3 }));
  table.trainable = false;
  const batch = randomBatch(3, [2], 3);
  const indices = [
    [0, 4],
    [1, 2],
    [3, 3],
  ];
  const normsOf = async (inputs: number[][]) => {
    const of = { ...batch, inputs: tf.tensor2d(inputs) };
    const { unsafe } = await contribute(model, of, optionsFor('float32'));
    return [...unsafe.norms];
  };
  const whole = await normsOf(indices);
  expect(whole.every(Number.isFinite)).toBe(true);
  for (const index of [5, -1, 0.5, NaN]) {
    expect(await normsOf([indices[0]!, [1, index], indices[2]!])).toEqual([
      whole[0],
      NaN,
      whole[2],
    ]);
  }
  await expectEqualToOracle(model, { ...batch, inputs: tf.tensor2d(indices) }, 'float32');
});
