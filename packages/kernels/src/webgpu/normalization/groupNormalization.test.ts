import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { scaledGroupNormalization, scaledGroupNormalizationGradients } from '@dpquant/gradients';
import { groupNormalizationOperations } from '@dpquant/operations';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import {
  largestError,
  normalizationCases,
  normalizationOracle,
  valuesOf,
  type NormalizationCase,
  type NormalizationValues,
} from '../../testing/groupNormalization.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

/** y, dx and the gradients of gamma and beta of each example, by the kernels. */
async function run(
  { shape, groups, epsilon }: NormalizationCase,
  { x, dy, gamma, beta }: NormalizationValues,
): Promise<Float32Array[]> {
  const before = tf.memory();
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
  const [n, channels] = [shape[0]!, shape.at(-1)!];
  expect(statistics.shape).toEqual([n, groups, 2]);
  expect(results.map((result) => result.shape)).toEqual([
    ...[shape, shape],
    ...[
      [n, channels],
      [n, channels],
    ],
  ]);
  const values = await Promise.all(results.map((result) => result.data<'float32'>()));
  tf.dispose([tensors, statistics, results]);
  const { numTensors, numDataBuffers } = tf.memory();
  expect({ numTensors, numDataBuffers }).toEqual({
    numTensors: before.numTensors,
    numDataBuffers: before.numDataBuffers,
  });
  return values;
}

const cases: NormalizationCase[] = [
  ...normalizationCases,
  // Several slabs of positions, of which the last is not full, and of small groups.
  { shape: [2, 17, 19, 64], groups: 32, epsilon: 1e-5 },
  // Several tiles of channels, groups across them.
  { shape: [2, 5, 3, 200], groups: 2, epsilon: 1e-5 },
  { shape: [1, 1200, 3], groups: 1, epsilon: 1e-5 },
];

describeOnWebGpu('group normalization on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  describe.each(cases)('of $shape in $groups groups', (test) => {
    it('equals plain loops in float64 within float32 rounding', async () => {
      const values = valuesOf(test);
      const found = await run(test, values);
      const errors = normalizationOracle(test, values).map((expected, i) =>
        largestError(found[i]!, expected),
      );
      expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);
    });
  });

  const image = normalizationCases[0]!;

  it("loses at most the mean's last bit for a large mean", async () => {
    for (const offset of [1000, -3e5]) {
      const values = valuesOf(image, offset);
      const found = await run(image, values);
      const errors = normalizationOracle(image, values).map((expected, i) =>
        largestError(found[i]!, expected),
      );
      expect(Math.max(...errors)).toBeLessThanOrEqual(3 * Math.abs(offset) * 2 ** -24);
    }
  });

  it('is equally accurate if the first value is far from the others', async () => {
    const values = valuesOf(image);
    for (let i = 0; i < values.x.length; i += 35 * 8) values.x[i] = 1e5;
    const found = await run(image, values);
    const errors = normalizationOracle(image, values).map((expected, i) =>
      largestError(found[i]!, expected),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);
  });

  it('gives beta if all values are equal', async () => {
    const values = { ...valuesOf(image), x: new Float32Array(3 * 35 * 8).fill(1 / 3) };
    const [y, dx] = (await run(image, values)) as [Float32Array, Float32Array];
    expect(y.every((value, i) => value === values.beta[i % 8])).toBe(true);
    expect(dx.every(Number.isFinite)).toBe(true);
  });

  it('does not mix examples, even with values that are not finite or very large', async () => {
    const values = valuesOf(image);
    const clean = await run(image, values);
    for (const bad of [NaN, Infinity, -Infinity, 1e30, 3e38]) {
      for (const place of [0, 3, 35 * 8 - 1]) {
        const x = values.x.slice();
        x[35 * 8 + place] = bad;
        (await run(image, { ...values, x })).forEach((found, i) => {
          const size = found.length / 3;
          expect(found.slice(0, size)).toEqual(clean[i]!.slice(0, size));
          expect(found.slice(2 * size)).toEqual(clean[i]!.slice(2 * size));
          // The gradient of beta does not depend on x.
          if (i === 3 || Number.isFinite(bad)) return;
          expect(found.slice(size, 2 * size).every(Number.isFinite)).toBe(false);
        });
      }
    }
  });

  it('gives the same example alone and in a batch', async () => {
    const test = cases.at(-3)!;
    const values = valuesOf(test);
    const half = values.x.length / 2;
    const second = { ...values, x: values.x.slice(half), dy: values.dy.slice(half) };
    const alone = await run({ ...test, shape: [1, ...test.shape.slice(1)] }, second);
    const together = await run(test, values);
    const isSame = together.map((result, i) =>
      alone[i]!.every((value, k) => value === result[result.length / 2 + k]),
    );
    expect(isSame).toEqual([true, true, true, true]);
  });

  it('is empty for no examples', async () => {
    const test = { ...image, shape: [0, 5, 7, 8] };
    const results = await run(test, valuesOf(test));
    expect(results.map(({ length }) => length)).toEqual([0, 0, 0, 0]);
  });

  it('is the kernel that runs on webgpu', () => {
    for (const { name } of Object.values(groupNormalizationOperations)) {
      expect(tf.getKernel(name, 'webgpu')).toBeDefined();
    }
  });
});
