import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { SeededRandom, fillGaussian, philoxKeyFromSeed } from '@dpquant/random';
import { dequantize } from '../operand.ts';
import { luqFp4Code, luqFp4Quantize, luqFp4Quantizer } from './luqFp4.ts';

const rounding = { key: philoxKeyFromSeed(1), step: 5, draw: 0 };
const keysOf = (rows: number[], views = rows.map(() => 0)) => ({
  rows: Uint32Array.from(rows),
  views: Uint32Array.from(views),
});
const normal = (count: number, seed = 1) => {
  const values = new Float32Array(count);
  fillGaussian(new SeededRandom(seed, 'test'), values);
  return values;
};

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('luqFp4Code', () => {
  it('has the fifteen levels 0, ±1, ±2, ±4 … ±64', () => {
    const random = new SeededRandom(1, 'test');
    const codes = new Set<number>();
    for (const x of normal(20_000)) codes.add(luqFp4Code(x * 30, 1, random.uint32()));
    const positive = [1, 2, 4, 8, 16, 32, 64];
    expect([...codes].sort((a, b) => a - b)).toEqual([
      ...positive.map((code) => -code).reverse(),
      0,
      ...positive,
    ]);
  });

  // Evenly spaced words make the mean over them the expectation, up to one word.
  const words = 4096;
  const expectation = (x: number, power: number) => {
    let sum = 0;
    for (let i = 0; i < words; i++) {
      sum += luqFp4Code(x, 1, ((i + 0.5) * 2 ** 32) / words) ** power;
    }
    return sum / words;
  };

  it.each([0, 0.01, 0.3, 0.999, 1, 1.25, 3, 5.7, 31, 33, 63.9, 64, -0.4, -1, -2.5, -64])(
    'is unbiased at %p, with the variance of stochastic rounding',
    (x) => {
      const magnitude = Math.abs(x);
      const low = magnitude < 1 ? 0 : 2 ** Math.floor(Math.log2(magnitude));
      const high = magnitude < 1 ? 1 : 2 * low;
      expect(expectation(x, 1)).toBeCloseTo(x, 1);
      expect(Math.abs(expectation(x, 1) - x)).toBeLessThanOrEqual(high / words);
      // E[q²] − x² = (|x| − low)(high − |x|)
      const variance = (magnitude - low) * (high - magnitude);
      const tolerance = (2 * high * high) / words + 1e-9;
      expect(Math.abs(expectation(x, 2) - x * x - variance)).toBeLessThanOrEqual(tolerance);
    },
  );

  it('clamps what float32 rounding lifts above 64, and never returns −0', () => {
    expect(luqFp4Code(64.00001, 1, 0xffffffff)).toBe(64);
    expect(luqFp4Code(-64.00001, 1, 0xffffffff)).toBe(-64);
    expect(Object.is(luqFp4Code(-1e-9, 1, 0xffffffff), 0)).toBe(true);
  });

  it('rounds by adding the upper 23 bits of the word to the mantissa', () => {
    // 1.25 = 2⁰·(1 + 2⁻²): rounds up exactly when the upper 23 bits are at least ¾·2²³.
    expect(luqFp4Code(1.25, 1, (0.75 * 2 ** 23 - 1) * 2 ** 9)).toBe(1);
    expect(luqFp4Code(1.25, 1, 0.75 * 2 ** 23 * 2 ** 9)).toBe(2);
  });
});

describe('luqFp4Quantize', () => {
  it('uses the scale max|x|/64 of each group', () => {
    const values = Float32Array.of(1, -3, 0.5, 2, 0, 8, 0, 0);
    const { scales } = luqFp4Quantize(values, 4, rounding, keysOf([0, 1]));
    expect([...scales]).toEqual([3 / 64, 8 / 64]);
  });

  it('is unbiased and spreads by the square of the maximum', () => {
    const x = Float32Array.of(1, 0.3, 0.01, -0.7);
    const draws = 20_000;
    for (const factor of [1, 3]) {
      const sums = new Float64Array(4);
      const squares = new Float64Array(4);
      for (let step = 0; step < draws; step++) {
        const scaled = x.map((value) => value * factor);
        const { codes, scales } = luqFp4Quantize(scaled, 4, { ...rounding, step }, keysOf([3]));
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

  it('gives a group with NaN or infinity the scale NaN, and leaves the others alone', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const values = normal(12);
      const clean = luqFp4Quantize(values, 4, rounding, keysOf([0, 1, 2]));
      values[5] = bad;
      const { codes, scales } = luqFp4Quantize(values, 4, rounding, keysOf([0, 1, 2]));
      expect(scales[1]).toBeNaN();
      expect([...codes.subarray(4, 8)]).toEqual([0, 0, 0, 0]);
      expect(codes.subarray(0, 4)).toEqual(clean.codes.subarray(0, 4));
      expect(codes.subarray(8)).toEqual(clean.codes.subarray(8));
      expect(scales[0]).toBe(clean.scales[0]);
    }
  });

  it('makes groups of zeros, and of values too small for a scale, zero', () => {
    const values = Float32Array.of(0, 0, 2 ** -121, -(2 ** -130), 2 ** -119, 0);
    const { codes, scales } = luqFp4Quantize(values, 2, rounding, keysOf([0, 1, 2]));
    expect([...codes.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect([...scales.subarray(0, 2)]).toEqual([0, 0]);
    expect(codes[4]).toBe(64);
    expect(scales[2]).toBe(2 ** -125);
  });

  it('keys its bits by step, row, view, draw, element and key', () => {
    const group = Float32Array.from({ length: 64 }, (_, i) => 1 + i / 64);
    const codesFor = (change: Partial<typeof rounding>, row = 7, view = 0) =>
      String(luqFp4Quantize(group, 64, { ...rounding, ...change }, keysOf([row], [view])).codes);
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
});

describe('per-example quantization', () => {
  it('gives an example the same codes whoever else is in the batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(1000),
        fc.constantFrom(0, 1e30, NaN, -5),
        (count, size, seed, intruder) => {
          const values = normal(count * size, seed);
          const rows = Array.from({ length: count }, (_, i) => 10 + 3 * i);
          const together = luqFp4Quantize(values, size, rounding, keysOf(rows));
          // Alone:
          rows.forEach((row, i) => {
            const alone = luqFp4Quantize(
              values.slice(i * size, (i + 1) * size),
              size,
              rounding,
              keysOf([row]),
            );
            expect(alone.codes).toEqual(together.codes.slice(i * size, (i + 1) * size));
            expect(alone.scales[0]).toBe(together.scales[i]);
          });
          // With another example in the first place:
          const changed = Float32Array.from([...new Float32Array(size).fill(intruder), ...values]);
          const joined = luqFp4Quantize(changed, size, rounding, keysOf([999, ...rows]));
          expect(joined.codes.slice(size)).toEqual(together.codes);
          expect(joined.scales.slice(1)).toEqual(together.scales);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('per-tensor scales do not keep examples apart', () => {
    const quantizer = luqFp4Quantizer('tensor');
    const first = quantizer.quantize(
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      rounding,
    );
    const second = quantizer.quantize(
      tf.tensor2d([
        [1, 2],
        [300, 4],
      ]),
      rounding,
    );
    expect(first.scales).not.toEqual(second.scales);
  });
});

describe('luqFp4Quantizer', () => {
  it('returns codes of the same shape, dequantizes to the levels, and leaks nothing', () => {
    const x = tf.tensor(normal(24), [2, 3, 4]);
    const before = tf.memory().numTensors;
    const operand = luqFp4Quantizer('example').quantize(x, rounding, keysOf([0, 1]));
    const values = dequantize(operand);
    expect(operand.codes.shape).toEqual([2, 3, 4]);
    expect(operand.scales).toHaveLength(2);
    const codes = operand.codes.dataSync();
    values.dataSync().forEach((value, i) => {
      expect(value).toBe(Math.fround(codes[i]! * operand.scales![Math.floor(i / 12)]!));
    });
    tf.dispose([operand.codes, values]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('asks for the keys of its examples', () => {
    const quantizer = luqFp4Quantizer('example');
    expect(() => quantizer.quantize(tf.zeros([3, 2]), rounding)).toThrow(/keys of 3 examples/);
    expect(() => quantizer.quantize(tf.zeros([3, 2]), rounding, keysOf([1]))).toThrow(/got 1/);
  });
});
