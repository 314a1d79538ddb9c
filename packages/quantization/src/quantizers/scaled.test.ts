import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { philoxKeyFromSeed } from '@dpquant/random';
import { builtInFormats, fp16, int4, int8, luqFp4, uint4 } from '../formats/builtInFormats.ts';
import type { NumberFormat } from '../formats/numberFormat.ts';
import { dequantize, withReadScales } from '../operand.ts';
import { keysOf, normal } from '../testing/values.ts';
import { quantizeScaled, scaledQuantizer } from './scaled.ts';

const randomness = { key: philoxKeyFromSeed(1), step: 5, draw: 0 };
const examplesOf = (count: number, size: number) => ({ count, size, interleaved: false });
const stochastic = (format: NumberFormat) => ({ format, rounding: 'stochastic' }) as const;
const nearest = (format: NumberFormat) => ({ format, rounding: 'nearest-even' }) as const;

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('quantizeScaled', () => {
  it('maps the largest magnitude of each group to the largest value', () => {
    const values = Float32Array.of(1, -3, 0.5, 2, 0, 8, 0, 0);
    const { codes, scales } = quantizeScaled(
      values,
      examplesOf(2, 4),
      stochastic(luqFp4),
      randomness,
      keysOf([0, 1]),
    );
    expect([...scales]).toEqual([3 / 64, 8 / 64]);
    expect([codes[1], codes[5]]).toEqual([-64, 64]);
  });

  it('rounds to nearest, as computed by hand', () => {
    // Scale 7/7 = 1: 2.5 and −1.5 are ties and go to even.
    const values = Float32Array.of(7, 2.5, -1.5, 0.4);
    const { codes, scales } = quantizeScaled(values, examplesOf(1, 4), nearest(int4));
    expect([...codes]).toEqual([7, 2, -2, 0]);
    expect([...scales]).toEqual([1]);
  });

  it('uses the other format for groups without negative values', () => {
    const cast = { ...nearest(int4), range: () => 3.5, nonNegativeFormat: uint4 };
    // Scales 15/15 and 3.5/7; a zero with a sign is not below zero.
    const values = Float32Array.of(15, 2.5, 1.5, -0, 15, 2.5, 1.5, -0.5);
    const { codes, scales } = quantizeScaled(values, examplesOf(2, 4), cast);
    expect([...codes]).toEqual([15, 2, 2, 0, 7, 5, 3, -1]);
    expect([...scales]).toEqual([1, 0.5]);
    const quantizer = scaledQuantizer({ ...cast, granularity: 'example' });
    expect(quantizer).toMatchObject({ format: 'int4 or uint4', largestInteger: 15 });
  });

  it('has one scale per channel if groups are interleaved', () => {
    const values = Float32Array.of(127, 1, -2, 0.5);
    const groups = { count: 2, size: 2, interleaved: true };
    const { codes, scales } = quantizeScaled(values, groups, nearest(int8));
    expect([...scales]).toEqual([1, Math.fround(1 / 127)]);
    expect([...codes]).toEqual([127, 127, -2, 64]);
  });

  it('is unbiased, with a variance proportional to the squared maximum', () => {
    const x = Float32Array.of(1, 0.3, 0.01, -0.7);
    const draws = 20_000;
    for (const factor of [1, 3]) {
      const scaled = x.map((value) => value * factor);
      const sums = new Float64Array(4);
      const squares = new Float64Array(4);
      for (let step = 0; step < draws; step++) {
        const { codes, scales } = quantizeScaled(
          scaled,
          examplesOf(1, 4),
          stochastic(luqFp4),
          { ...randomness, step },
          keysOf([3]),
        );
        codes.forEach((code, i) => {
          const value = code * scales[0]!;
          sums[i]! += value;
          squares[i]! += value * value;
        });
      }
      x.forEach((value, i) => {
        const mean = sums[i]! / draws;
        const variance = squares[i]! / draws - mean * mean;
        const alpha = factor / 64;
        const r = Math.abs(value * factor) / alpha;
        const low = r < 1 ? 0 : 2 ** Math.floor(Math.log2(r));
        const high = r < 1 ? 1 : Math.min(64, 2 * low);
        const expected = alpha * alpha * Math.max(0, (r - low) * (high - r));
        // Five standard errors; a value lies between two levels, which bounds its fourth moment.
        const spread = alpha * (high - low);
        expect(Math.abs(mean - value * factor)).toBeLessThan(
          (2.5 * spread) / Math.sqrt(draws) + 1e-6,
        );
        expect(Math.abs(variance - expected)).toBeLessThan(
          (5 * spread * spread) / Math.sqrt(draws) + 1e-6,
        );
      });
    }
  });

  it.each(builtInFormats.map((format) => [format.name, format] as const))(
    'gives a group with NaN or infinity the scale NaN in %s, and leaves the others alone',
    (_, format) => {
      const quantize = (values: Float32Array) =>
        quantizeScaled(values, examplesOf(3, 4), stochastic(format), randomness, keysOf([0, 1, 2]));
      for (const bad of [NaN, Infinity, -Infinity]) {
        const values = normal(12);
        const clean = quantize(values);
        values[5] = bad;
        const { codes, scales } = quantize(values);
        expect(scales[1]).toBeNaN();
        expect([...codes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
        expect(codes.subarray(0, 4)).toEqual(clean.codes.subarray(0, 4));
        expect(codes.subarray(8)).toEqual(clean.codes.subarray(8));
        expect(scales[0]).toBe(clean.scales[0]);
      }
    },
  );

  it('makes groups of zeros, and of values too small for a scale, zero', () => {
    const values = Float32Array.of(0, 0, 2 ** -121, -(2 ** -130), 2 ** -119, 0);
    const { codes, scales } = quantizeScaled(values, examplesOf(3, 2), nearest(luqFp4));
    expect([...codes.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect([...scales.subarray(0, 2)]).toEqual([0, 0]);
    expect(codes[4]).toBe(64);
    expect(scales[2]).toBe(2 ** -125);
  });

  it('casts 16-bit formats as they are, saturating', () => {
    const values = Float32Array.of(1e6, -0.1, 2 ** -30);
    const { codes, scales } = quantizeScaled(values, examplesOf(1, 3), nearest(fp16));
    expect([...scales]).toEqual([1]);
    expect([...codes]).toEqual([65504, -0.0999755859375, 0]);
  });

  it('never returns −0, and stays within the format if float32 rounds a quotient up', () => {
    for (let i = 0; i < 2000; i++) {
      const values = normal(3, i);
      for (const format of [luqFp4, int8]) {
        const { codes } = quantizeScaled(values, examplesOf(1, 3), nearest(format));
        const wrong = codes.filter((code) => Object.is(code, -0) || Math.abs(code) > format.max);
        expect(wrong).toHaveLength(0);
      }
    }
  });

  it('keys its bits by step, row, view, draw, element and key', () => {
    const group = Float32Array.from({ length: 64 }, (_, i) => 1 + i / 64);
    const codesFor = (change: Partial<typeof randomness>, row = 7, view = 0) =>
      String(
        quantizeScaled(
          group,
          examplesOf(1, 64),
          stochastic(luqFp4),
          { ...randomness, ...change },
          keysOf([row], [view]),
        ).codes,
      );
    const different = [
      codesFor({}),
      codesFor({ step: 6 }),
      codesFor({ draw: 1 }),
      codesFor({ key: philoxKeyFromSeed(2) }),
      codesFor({}, 8),
      codesFor({}, 7, 1),
    ];
    expect(new Set(different).size).toBe(different.length);
    expect(codesFor({})).toBe(different[0]);
  });

  it('requires a source of random bits', () => {
    expect(() => quantizeScaled(Float32Array.of(1), examplesOf(1, 1), stochastic(int4))).toThrow(
      /random bits/,
    );
  });
});

describe('scaledQuantizer', () => {
  it.each(['tensor', 'channel', 'example'] as const)(
    'returns integer codes of the same shape, with one scale a %s, and leaks nothing',
    async (granularity) => {
      const values = normal(24);
      const x = tf.tensor(values, [2, 3, 4]);
      const before = tf.memory().numTensors;
      const quantizer = scaledQuantizer({ ...nearest(int8), granularity });
      const operand = await withReadScales(quantizer.quantize(x, randomness, keysOf([0, 1])));
      const dequantized = dequantize(operand);
      expect(operand.codes.shape).toEqual([2, 3, 4]);
      expect(operand.largestInteger).toBe(127);
      expect(operand.scales).toHaveLength({ tensor: 1, channel: 4, example: 2 }[granularity]);
      const result = dequantized.dataSync();
      values.forEach((value, i) => {
        const scale =
          operand.scales![{ tensor: 0, channel: i % 4, example: Math.floor(i / 12) }[granularity]]!;
        expect(Math.abs(result[i]! - value)).toBeLessThanOrEqual(scale * 0.5001);
      });
      tf.dispose([operand.codes, dequantized]);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('requires the keys of its examples', () => {
    const quantizer = scaledQuantizer({ ...stochastic(luqFp4), granularity: 'example' });
    expect(() => quantizer.quantize(tf.zeros([3, 2]), randomness)).toThrow(/keys of 3 examples/);
    expect(() => quantizer.quantize(tf.zeros([3, 2]), randomness, keysOf([1]))).toThrow(/got 1/);
  });
});
