import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { modelOf, randomBatch, randomizeWeights, savedAndLoaded } from '../testing/models.ts';
import { GroupNormalization } from './groupNormalization.ts';
import { groupNormalize } from './groupNormalize.ts';
import { registerLayers } from './registerLayers.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** The definition, which TensorFlow.js differentiates. */
function plainNormalize(x: tf.Tensor, groups: number, epsilon: number): tf.Tensor {
  const n = x.shape[0];
  const channels = x.shape.at(-1)!;
  const grouped = tf.reshape(x, [n, -1, groups, channels / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normalized = tf.div(tf.sub(grouped, mean), tf.sqrt(tf.add(variance, epsilon)));
  return tf.reshape(normalized, x.shape);
}

describe('groupNormalize', () => {
  it.each([
    [[2, 3, 4, 6], 3],
    [[2, 3, 4, 6], 1],
    [[2, 3, 4, 6], 6],
    [[3, 5, 4], 2],
    [[3, 8], 4],
  ])('equals the definition and its derivative for %j in %d groups', (shape, groups) => {
    const { inputs } = randomBatch(shape[0]!, shape.slice(1), 2);
    const weights = tf.reshape(tf.sin(tf.range(0, inputs.size)), shape);
    const run = (normalize: typeof groupNormalize) => {
      const loss = (x: tf.Tensor) => tf.sum(tf.mul(normalize(x, groups, 1e-5), weights));
      return {
        value: normalize(inputs, groups, 1e-5).dataSync(),
        gradient: tf.grad(loss)(inputs).dataSync(),
      };
    };
    const plain = run(plainNormalize);
    const fast = run(groupNormalize);
    plain.value.forEach((x, i) => expect(fast.value[i]!).toBeCloseTo(x, 5));
    plain.gradient.forEach((x, i) =>
      expect(Math.abs(fast.gradient[i]! - x)).toBeLessThan(3e-5 * Math.max(1, Math.abs(x))),
    );
  });

  it('does not mix examples', () => {
    const { inputs } = randomBatch(3, [2, 2, 4], 2);
    const all = groupNormalize(inputs, 2, 1e-5).dataSync();
    const alone = groupNormalize(tf.slice(inputs, [1], [1]), 2, 1e-5).dataSync();
    expect(all.slice(16, 32)).toEqual(alone);
  });
});

describe('GroupNormalization', () => {
  it('has one scale and one shift per channel, and is saved and loaded', async () => {
    const model = modelOf(
      new GroupNormalization({ inputShape: [3, 3, 4], groups: 2, epsilon: 1e-3 }),
    );
    randomizeWeights(model, 5);
    expect(model.getWeights().map(({ shape }) => shape)).toEqual([[4], [4]]);
    registerLayers();
    registerLayers();
    const loaded = await savedAndLoaded(model);
    const { inputs } = randomBatch(2, [3, 3, 4], 2);
    expect((loaded.predict(inputs) as tf.Tensor).dataSync()).toEqual(
      (model.predict(inputs) as tf.Tensor).dataSync(),
    );
    expect((loaded.layers[0] as GroupNormalization).epsilon).toBe(1e-3);
  });

  it('refuses groups that do not divide the channels', () => {
    expect(() =>
      tfl.sequential({ layers: [new GroupNormalization({ inputShape: [3, 3, 4], groups: 3 })] }),
    ).toThrow(/3 groups do not divide 4 channels/);
  });
});
