import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { layerArithmetic } from '@dpquant/quantization';
import { contribute } from './contribute.ts';
import { forwardLosses } from './forwardLosses.ts';
import { optionsFor } from './testing/comparison.ts';
import {
  everyLayerModel,
  modelOf,
  randomBatch,
  randomizeWeights,
  selectExamples,
} from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { loss, randomness } = optionsFor('float32');
const inFour = (...names: string[]) => {
  const [low, full] = [layerArithmetic('luq-fp4'), layerArithmetic('float32')];
  return (layer: string) => (names.includes(layer) ? low : full);
};

describe('forwardLosses', () => {
  it('equal those of the training pass, example by example and pass by pass', async () => {
    const model = everyLayerModel();
    const names = model.layers.map(({ name }) => name);
    const batch = randomBatch(4, [7, 6, 2], 3);
    const before = tf.memory().numTensors;
    const arithmetics = [inFour(), ...names.map((name) => inFour(name)), inFour(...names)];
    const { losses } = await forwardLosses(model, batch, { loss, randomness, arithmetics });
    expect(tf.memory().numTensors).toBe(before);
    const errors: number[] = [];
    for (const [i, arithmetic] of arithmetics.entries()) {
      const mask = (example: number) =>
        Float32Array.from({ length: 4 }, (_, k) => +(k === example));
      for (let example = 0; example < 4; example++) {
        const options = { ...optionsFor('float32'), arithmetic };
        const one = await contribute(model, { ...batch, mask: mask(example) }, options);
        errors.push(Math.abs(one.unsafe.lossSum - losses[i]![example]!));
      }
    }
    expect(Math.max(...errors)).toBeLessThan(1e-6);
    expect(losses[1]).not.toEqual(losses[0]);
  });

  it('share the computation before the first layer with another arithmetic', async () => {
    const layers = ['a', 'b', 'c', 'd'].map((name, i) =>
      tfl.layers.dense({ name, units: 4, ...(i === 0 && { inputShape: [4] }) }),
    );
    const model = modelOf(...layers);
    const batch = randomBatch(3, [4], 3);
    const arithmetics = [inFour(), inFour('a'), inFour('b'), inFour('c'), inFour('d')];
    const { layerCalls } = await forwardLosses(model, batch, { loss, randomness, arithmetics });
    // All layers of the first pass, then those from the changed layer on; not the input layer.
    expect(layerCalls - (4 + 4 + 3 + 2 + 1)).toBeLessThanOrEqual(1);
    const again = await forwardLosses(model, batch, {
      loss,
      randomness,
      arithmetics: [inFour(), inFour()],
    });
    expect(again.layerCalls).toBeLessThanOrEqual(5);
    expect(again.losses[0]).toEqual(again.losses[1]);
  });

  it('are right for branches, shared layers, dropout and frozen batch normalization', async () => {
    const shared = tfl.layers.dense({ name: 'shared', units: 4, activation: 'tanh' });
    const norm = tfl.layers.batchNormalization({ name: 'norm' });
    const input = tfl.input({ shape: [4] });
    const dropped = tfl.layers.dropout({ rate: 0.5 }).apply(shared.apply(input));
    const sum = tfl.layers.add().apply([input, norm.apply(dropped) as tfl.SymbolicTensor]);
    const twice = shared.apply(sum);
    const head = tfl.layers.dense({ name: 'head', units: 3 });
    const model = tfl.model({ inputs: input, outputs: head.apply(twice) as tfl.SymbolicTensor });
    randomizeWeights(model, 4);
    norm.setWeights(norm.getWeights().map((weight) => tf.abs(weight)));
    norm.trainable = false;
    const batch = randomBatch(3, [4], 3);
    const arithmetics = [inFour(), inFour('head'), inFour('shared')];
    const together = (await forwardLosses(model, batch, { loss, randomness, arithmetics })).losses;
    for (const [i, arithmetic] of arithmetics.entries()) {
      const alone = await forwardLosses(model, batch, {
        loss,
        randomness,
        arithmetics: [arithmetic],
      });
      expect(together[i]).toEqual(alone.losses[0]);
    }
    expect(together[2]).not.toEqual(together[0]);
    // The loss of an example does not depend on the other examples.
    const single = await forwardLosses(model, selectExamples(batch, [2]), {
      loss,
      randomness,
      arithmetics,
    });
    single.losses.forEach((losses, i) => expect(losses[0]).toBeCloseTo(together[i]![2]!, 6));
  });

  it('leaves the model unchanged when the loss throws', async () => {
    const model = everyLayerModel();
    const batch = randomBatch(2, [7, 6, 2], 3);
    const before = tf.memory().numTensors;
    const failing = () => {
      throw new Error('no loss today');
    };
    const arithmetics = [inFour()];
    await expect(
      forwardLosses(model, batch, { loss: failing, randomness, arithmetics }),
    ).rejects.toThrow('no loss today');
    expect(tf.memory().numTensors).toBe(before);
    expect(model.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
  });
});
