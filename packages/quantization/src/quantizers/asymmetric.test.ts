import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { philoxKeyFromSeed } from '@dpquant/random';
import { dequantize, withReadScales } from '../operand.ts';
import { keysOf, normal } from '../testing/values.ts';
import { asymmetricQuantizer, quantizeAsymmetric } from './asymmetric.ts';

const randomness = { key: philoxKeyFromSeed(1), step: 5, draw: 0 };
const examplesOf = (count: number, size: number) => ({ count, size, interleaved: false });
const nearest = { bits: 4, rounding: 'nearest-even' } as const;

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

it('uses all codes between the smallest and the largest value, including zero', () => {
  // Range −5 … 10: scale 15/15 = 1, zero point 5.
  const { codes, zeroPoints, scales } = quantizeAsymmetric(
    Float32Array.of(-5, 10, 0, 2.5, 3, 4, 6, 15),
    examplesOf(2, 4),
    nearest,
  );
  expect([...scales]).toEqual([1, 1]);
  expect([...zeroPoints]).toEqual([5, 0]);
  // 2.5 + 5 = 7.5 goes to even.
  expect([...codes]).toEqual([0, 15, 5, 8, 3, 4, 6, 15]);
});

it('treats values that are not finite, zero or too small like the symmetric quantizers', () => {
  const values = Float32Array.of(1, 2, NaN, 1, 0, 0, 2 ** -140, 0, Infinity, 1);
  const { codes, scales } = quantizeAsymmetric(values, examplesOf(5, 2), nearest);
  expect([...scales]).toEqual([Math.fround(2 / 15), NaN, 0, 0, NaN]);
  expect([...codes.subarray(2)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

it('is unbiased when it rounds stochastically', () => {
  const x = Float32Array.of(-1, 0.3, 0.77, 2);
  const draws = 20_000;
  const sums = new Float64Array(4);
  const step = 3 / 15;
  for (let i = 0; i < draws; i++) {
    const cast = { bits: 4, rounding: 'stochastic' } as const;
    const { codes, zeroPoints, scales } = quantizeAsymmetric(
      x,
      examplesOf(1, 4),
      cast,
      { ...randomness, step: i },
      keysOf([1]),
    );
    codes.forEach((code, j) => (sums[j]! += (code - zeroPoints[0]!) * scales[0]!));
  }
  x.forEach((value, j) => {
    expect(Math.abs(sums[j]! / draws - value)).toBeLessThan((2.5 * step) / Math.sqrt(draws) + 1e-6);
  });
});

it.each(['tensor', 'channel', 'example'] as const)(
  'quantizes tensors by %s',
  async (granularity) => {
    const values = normal(24).map((x) => x + 2);
    const x = tf.tensor(values, [2, 3, 4]);
    const quantizer = asymmetricQuantizer({ bits: 8, rounding: 'nearest-even', granularity });
    const operand = await withReadScales(quantizer.quantize(x, randomness, keysOf([0, 1])));
    const result = dequantize(operand).dataSync();
    values.forEach((value, i) => {
      const group = { tensor: 0, channel: i % 4, example: Math.floor(i / 12) }[granularity];
      expect(Math.abs(result[i]! - value)).toBeLessThanOrEqual(operand.scales![group]! * 0.5001);
    });
    expect(operand.largestInteger).toBeUndefined();
  },
);
