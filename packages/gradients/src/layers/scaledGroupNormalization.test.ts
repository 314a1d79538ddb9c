import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { randomBatch } from '../testing/models.ts';
import { GroupNormalization } from './groupNormalization.ts';
import {
  scaledGroupNormalization,
  scaledGroupNormalizationGradients,
} from './scaledGroupNormalization.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const epsilon = 1e-3;

/** The definition, which TensorFlow.js differentiates. */
function definition(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, groups: number): tf.Tensor {
  const grouped = tf.reshape(x, [x.shape[0], -1, groups, x.shape.at(-1)! / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normalized = tf.div(tf.sub(grouped, mean), tf.sqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(tf.reshape(normalized, x.shape), gamma), beta);
}

function largestDifference(found: tf.Tensor, expected: tf.Tensor): number {
  expect(found.shape).toEqual(expected.shape);
  return tf.tidy(() => tf.max(tf.abs(tf.sub(found, expected))).dataSync()[0]!);
}

it.each([
  [[3, 3, 4, 6], 3],
  [[3, 3, 4, 6], 1],
  [[3, 3, 4, 6], 6],
  [[2, 5, 4], 2],
  [[3, 8], 4],
])(
  'for %j in %d groups equals the definition, with the gradients of each example',
  (shape, groups) => {
    const { inputs: x } = randomBatch(shape[0]!, shape.slice(1), 2);
    const { inputs: dy } = randomBatch(shape[0]!, shape.slice(1), 2, 7);
    const channels = shape.at(-1)!;
    const gamma = tf.sin(tf.range(1, channels + 1));
    const beta = tf.cos(tf.range(1, channels + 1));
    const before = tf.memory().numTensors;
    const { y, statistics } = scaledGroupNormalization(x, gamma, beta, { groups, epsilon });
    const operands = { x, gamma, statistics };
    const gradients = scaledGroupNormalizationGradients(dy, operands, { groups, epsilon });
    expect(tf.memory().numTensors).toBe(before + 5);
    expect(statistics.shape).toEqual([shape[0], groups, 2]);
    expect(largestDifference(y, definition(x, gamma, beta, groups))).toBeLessThan(1e-5);
    for (let i = 0; i < shape[0]!; i++) {
      const one = (values: tf.Tensor) => tf.slice(values, [i], [1]);
      const [dx, dGamma, dBeta] = tf.grads((input, scale, shift) =>
        tf.sum(tf.mul(definition(input, scale, shift, groups), one(dy))),
      )([one(x), gamma, beta]);
      expect(largestDifference(one(gradients.dx), dx!)).toBeLessThan(3e-5);
      expect(largestDifference(one(gradients.gamma), tf.expandDims(dGamma!))).toBeLessThan(3e-5);
      expect(largestDifference(one(gradients.beta), tf.expandDims(dBeta!))).toBeLessThan(3e-5);
    }
  },
);

it('equals the layer, differentiated by the tape', () => {
  const { inputs: x } = randomBatch(3, [2, 2, 4], 2);
  const layer = new GroupNormalization({ groups: 2, epsilon });
  layer.build(x.shape);
  layer.gamma!.write(tf.tensor1d([1, -2, 0.5, 3]));
  layer.beta!.write(tf.tensor1d([0.1, 0.2, 0.3, 0.4]));
  const [gamma, beta] = [layer.gamma, layer.beta].map((each) => each!.read() as tf.Variable);
  const gradientsOf = (normalize: (input: tf.Tensor) => tf.Tensor) => {
    const loss = (input: tf.Tensor) => tf.sum(tf.sin(normalize(input)));
    const { grads } = tf.variableGrads(() => loss(x) as tf.Scalar, [gamma!, beta!]);
    return [normalize(x), tf.grad(loss)(x), grads[gamma!.name]!, grads[beta!.name]!];
  };
  const found = gradientsOf((input) => layer.call(input));
  const expected = gradientsOf((input) => definition(input, gamma!, beta!, 2));
  found.forEach((result, i) => {
    expect(largestDifference(result, expected[i]!)).toBeLessThan(3e-5);
  });
});
