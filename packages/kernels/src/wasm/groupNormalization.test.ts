import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  groupNormalizationKernels,
  scaledGroupNormalization,
  scaledGroupNormalizationGradients,
} from '@dpquant/gradients';
import { normal } from '../testing/normal.ts';
import { growMemory } from '../testing/runOnWasm.ts';
import { startWasm } from '../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

interface Case {
  readonly shape: number[];
  readonly groups: number;
  readonly epsilon: number;
}

interface Values {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

function valuesOf({ shape }: Case, offset = 0): Values {
  const size = tf.util.sizeFromShape(shape);
  const channels = shape.at(-1)!;
  return {
    x: normal(size, 1).map((x) => x + offset),
    dy: normal(size, 2),
    gamma: normal(channels, 3),
    beta: normal(channels, 4),
  };
}

/** y, dx and the gradients of gamma and beta of each example, by what runs on the backend. */
function run({ shape, groups, epsilon }: Case, { x, dy, gamma, beta }: Values): Float32Array[] {
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

/** The same by plain loops in float64, with the greatest magnitude of what each sum adds up. */
function oracle({ shape, groups, epsilon }: Case, { x, dy, gamma, beta }: Values): number[][] {
  const [n, channels] = [shape[0]!, shape.at(-1)!];
  const positions = x.length / (n * channels);
  const size = channels / groups;
  const [y, dx] = [new Array<number>(x.length), new Array<number>(x.length)];
  const dGamma = new Array<number>(n * channels).fill(0);
  const dBeta = new Array<number>(n * channels).fill(0);
  for (let group = 0; group < n * groups; group++) {
    const example = Math.floor(group / groups);
    const first = (group % groups) * size;
    const places: [number, number][] = [];
    for (let position = 0; position < positions; position++) {
      for (let channel = first; channel < first + size; channel++) {
        places.push([(example * positions + position) * channels + channel, channel]);
      }
    }
    const mean = places.reduce((sum, [i]) => sum + x[i]!, 0) / places.length;
    const variance = places.reduce((sum, [i]) => sum + (x[i]! - mean) ** 2, 0) / places.length;
    const inverse = 1 / Math.sqrt(variance + epsilon);
    const [ofDy, ofProduct] = [0, 1].map(
      (power) =>
        places.reduce(
          (sum, [i, c]) => sum + gamma[c]! * dy[i]! * ((x[i]! - mean) * inverse) ** power,
          0,
        ) / places.length,
    ) as [number, number];
    for (const [i, c] of places) {
      const normalized = (x[i]! - mean) * inverse;
      y[i] = gamma[c]! * normalized + beta[c]!;
      dx[i] = (gamma[c]! * dy[i]! - ofDy - normalized * ofProduct) * inverse;
      dGamma[example * channels + c]! += dy[i]! * normalized;
      dBeta[example * channels + c]! += dy[i]!;
    }
  }
  return [y, dx, dGamma, dBeta];
}

/** Largest difference over the largest value. */
function largestError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let [difference, size] = [0, 0];
  for (let i = 0; i < found.length; i++) {
    const error = Math.abs(found[i]! - expected[i]!);
    if (!(error <= difference)) difference = error;
    size = Math.max(size, Math.abs(expected[i]!));
  }
  return difference === 0 ? 0 : difference / size;
}

const cases: Case[] = [
  { shape: [3, 5, 7, 8], groups: 2, epsilon: 1e-5 },
  { shape: [2, 13, 12, 16], groups: 4, epsilon: 1e-5 },
  { shape: [2, 3, 4, 6], groups: 3, epsilon: 1e-3 },
  { shape: [2, 3, 4, 6], groups: 6, epsilon: 1e-5 },
  { shape: [1, 9, 7], groups: 1, epsilon: 1e-5 },
  { shape: [4, 5, 1], groups: 1, epsilon: 1e-5 },
  { shape: [3, 12], groups: 4, epsilon: 1e-5 },
  { shape: [2, 2, 2, 22], groups: 2, epsilon: 1e-5 },
];

describe.each(cases)('group normalization of $shape in $groups groups', (test) => {
  it('is within float32’s rounding of plain loops in float64', () => {
    const values = valuesOf(test);
    const expected = oracle(test, values);
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

const image = cases[0]!;

it('loses no more than the mean’s last bit where the mean is large', () => {
  const values = valuesOf(image, 1000);
  const expected = oracle(image, values);
  const rounding = 1000 * 2 ** -24;
  run(image, values).forEach((found, i) => {
    expect(largestError(found, expected[i]!)).toBeLessThanOrEqual(3 * rounding);
  });
});

it('gives beta where all values are the same', () => {
  const values = { ...valuesOf(image), x: new Float32Array(3 * 35 * 8).fill(1 / 3) };
  const [y, dx] = run(image, values) as [Float32Array, Float32Array];
  expect(y.every((value, i) => value === values.beta[i % 8])).toBe(true);
  expect(dx.every(Number.isFinite)).toBe(true);
});

it('keeps what is not finite, and everything else, within its example', () => {
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

it('gives the same after the memory has grown', () => {
  const values = valuesOf(image);
  const before = run(image, values);
  growMemory();
  expect(run(image, values)).toEqual(before);
});

it('of no examples is empty', () => {
  const test = { ...image, shape: [0, 5, 7, 8] };
  expect(run(test, valuesOf(test)).map(({ length }) => length)).toEqual([0, 0, 0, 0]);
});

it('is what runs on wasm', () => {
  for (const kernel of Object.values(groupNormalizationKernels)) {
    expect(tf.getKernel(kernel, 'wasm')).toBeDefined();
  }
});
