import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { scaledGroupNormalization, scaledGroupNormalizationGradients } from '@dpquant/gradients';
import { groupNormalizationOperations } from '@dpquant/operations';
import {
  largestError,
  normalizationCases,
  normalizationOracle,
  valuesOf,
  type NormalizationCase,
  type NormalizationValues,
} from '../../testing/groupNormalization.ts';
import { growMemory } from '../../testing/runOnWasm.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

/** y, dx and the gradients of gamma and beta of each example, by what runs on the backend. */
function run(
  { shape, groups, epsilon }: NormalizationCase,
  { x, dy, gamma, beta }: NormalizationValues,
): Float32Array[] {
  const before = tf.memory().numTensors;
  const tensors = [
    tf.tensor(x, shape),
    tf.tensor(dy, shape),
    tf.tensor1d(gamma),
    tf.tensor1d(beta),
  ];
  const [input, gradient, scale, shift] = tensors as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const { y, statistics } = scaledGroupNormalization(input, scale, shift, { groups, epsilon });
  const operands = { x: input, gamma: scale, statistics };
  const gradients = scaledGroupNormalizationGradients(gradient, operands, { groups, epsilon });
  const results = [y, gradients.dx, gradients.gamma, gradients.beta];
  const values = results.map((result) => result.dataSync<'float32'>().slice());
  tf.dispose([tensors, statistics, results]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

describe.each(normalizationCases)('group normalization of $shape in $groups groups', (test) => {
  it('equals plain loops in float64 within float32 rounding', () => {
    const values = valuesOf(test);
    const expected = normalizationOracle(test, values);
    run(test, values).forEach((found, i) => {
      expect(largestError(found, expected[i]!)).toBeLessThanOrEqual(1e-6);
    });
  });

  it('is close to the reference on the cpu backend', async () => {
    const values = valuesOf(test);
    const found = run(test, values);
    await tf.setBackend('cpu');
    const expected = run(test, values);
    await tf.setBackend('wasm');
    found.forEach((result, i) => {
      expect(largestError(result, expected[i]!)).toBeLessThanOrEqual(2e-5);
    });
  });
});

const image = normalizationCases[0]!;

it("loses at most the mean's last bit for a large mean", () => {
  const values = valuesOf(image, 1000);
  const expected = normalizationOracle(image, values);
  const rounding = 1000 * 2 ** -24;
  run(image, values).forEach((found, i) => {
    expect(largestError(found, expected[i]!)).toBeLessThanOrEqual(3 * rounding);
  });
});

it('gives beta if all values are equal', () => {
  const values = { ...valuesOf(image), x: new Float32Array(3 * 35 * 8).fill(1 / 3) };
  const [y, dx] = run(image, values) as [Float32Array, Float32Array];
  expect(y.every((value, i) => value === values.beta[i % 8])).toBe(true);
  expect(dx.every(Number.isFinite)).toBe(true);
});

it('does not mix examples, even with values that are not finite', () => {
  const values = valuesOf(image);
  const clean = run(image, values);
  for (const bad of [NaN, Infinity]) {
    const x = values.x.slice();
    x[35 * 8 + 3] = bad;
    run(image, { ...values, x }).forEach((found, i) => {
      const size = found.length / 3;
      expect(found.slice(0, size)).toEqual(clean[i]!.slice(0, size));
      expect(found.slice(2 * size)).toEqual(clean[i]!.slice(2 * size));
      // The gradient of beta does not depend on x.
      if (i < 3) expect(found.slice(size, 2 * size).every(Number.isFinite)).toBe(false);
    });
  }
});

it('gives the same result after the memory has grown', () => {
  const values = valuesOf(image);
  const before = run(image, values);
  growMemory();
  expect(run(image, values)).toEqual(before);
});

it('is empty for no examples', () => {
  const test = { ...image, shape: [0, 5, 7, 8] };
  expect(run(test, valuesOf(test)).map(({ length }) => length)).toEqual([0, 0, 0, 0]);
});

it('is the kernel that runs on wasm', () => {
  for (const { name } of Object.values(groupNormalizationOperations)) {
    expect(tf.getKernel(name, 'wasm')).toBeDefined();
  }
});
