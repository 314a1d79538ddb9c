import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { philoxKeyFromSeed } from '@dpquant/random';
import { int8, luqFp4 } from './formats/builtInFormats.ts';
import {
  arithmeticNames,
  int4LuqArithmetic,
  layerArithmetic,
  multipliesIntegers,
  registerArithmetic,
  requirePerExampleScales,
} from './layerArithmetic.ts';
import { dequantize, withReadScales } from './operand.ts';
import { asymmetricQuantizer } from './quantizers/asymmetric.ts';
import { scaledQuantizer } from './quantizers/scaled.ts';
import type { Quantizer } from './quantizers/quantizer.ts';
import { keysOf, normal } from './testing/values.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const stochasticInt8 = { format: int8, rounding: 'stochastic' } as const;

it('multiplies integers in the formats whose codes are whole numbers of eight bits', () => {
  const integers = arithmeticNames().filter((name) => multipliesIntegers(layerArithmetic(name)));
  const expected = ['fp4-e2m1', 'fp6-e2m3', 'int4', 'int4-luq', 'int8', 'luq-fp4', 'uint4-luq'];
  expect(integers.sort()).toEqual(expected);
});

it('knows its arithmetics by name and lists them for an unknown one', () => {
  for (const name of arithmeticNames()) expect(layerArithmetic(name).name).toBe(name);
  expect(arithmeticNames()).toEqual(
    'float32 luq-fp4 int8 int4 fp8-e4m3 fp8-e5m2 fp6-e2m3 fp6-e3m2 fp4-e2m1 bf16 fp16 mxfp8-e4m3 mxfp8-e5m2 mxfp6-e2m3 mxfp6-e3m2 mxfp4 mxint8 nvfp4 int4-luq uint4-luq'.split(
      ' ',
    ),
  );
  expect(() => layerArithmetic('fp3')).toThrow('format: expected one of float32, luq-fp4');
});

it('registers a custom mix once, and refuses an invalid one', () => {
  const mix = { ...int4LuqArithmetic(4), name: 'mine' };
  registerArithmetic(mix);
  expect(layerArithmetic('mine')).toBe(mix);
  expect(arithmeticNames()).toContain('mine');
  expect(() => registerArithmetic(mix)).toThrow(/taken/);
  expect(() => registerArithmetic({ ...mix, name: 'a', weightGradient: { draws: 0 } })).toThrow(
    /draws/,
  );
  expect(() =>
    registerArithmetic({ ...mix, name: 'b', weightGradient: { hadamardSize: 12 } }),
  ).toThrow(/power of two/);
});

describe('examples stay independent', () => {
  /** Everything that may be offered for activations and output gradients. */
  const offered: [string, Quantizer][] = arithmeticNames().flatMap((name) => {
    const { activations, outputGradients } = layerArithmetic(name);
    return [
      [`activations in ${name}`, activations],
      [`output gradients in ${name}`, outputGradients],
    ] as [string, Quantizer][];
  });
  offered.push([
    'asymmetric integers',
    asymmetricQuantizer({ bits: 4, rounding: 'stochastic', granularity: 'example' }),
  ]);

  /** Values of each example, as a quantizer gives them. */
  async function quantized(
    quantizer: Quantizer,
    values: Float32Array,
    shape: number[],
    rows: number[],
  ) {
    const randomness = { key: philoxKeyFromSeed(1), step: 4, draw: 0 };
    const operand = quantizer.quantize(tf.tensor(values, shape), randomness, keysOf(rows));
    const split = (array: Float32Array, length: number) =>
      rows.map((_, i) => [...array.subarray(i * length, (i + 1) * length)]);
    const size = values.length / shape[0]!;
    const { scales } = await withReadScales(operand);
    return {
      codes: split(operand.codes.dataSync<'float32'>(), size),
      values: split(dequantize(operand).dataSync<'float32'>(), size),
      scales: scales === null ? null : split(scales, scales.length / rows.length),
    };
  }

  const intruders = fc.constantFrom(0, 1e30, NaN, -5, Infinity, 1e-40);
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 40 }),
  );

  async function isIndependent(
    quantizer: Quantizer,
    [count, height, channels]: [number, number, number],
    seed: number,
    intruder: number,
  ): Promise<void> {
    const size = height * channels;
    const values = normal(count * size, seed);
    const rows = Array.from({ length: count }, (_, i) => 10 + 3 * i);
    const together = await quantized(quantizer, values, [count, height, channels], rows);
    // Alone, that is with all others removed:
    for (const [i, row] of rows.entries()) {
      const own = values.slice(i * size, (i + 1) * size);
      const alone = await quantized(quantizer, own, [1, height, channels], [row]);
      expect(alone.codes[0]).toEqual(together.codes[i]);
      expect(alone.values[0]).toEqual(together.values[i]);
      expect(alone.scales?.[0]).toEqual(together.scales?.[i]);
    }
    // With another in the first place:
    const more = Float32Array.from([...new Float32Array(size).fill(intruder), ...values]);
    const joined = await quantized(quantizer, more, [count + 1, height, channels], [999, ...rows]);
    expect(joined.codes.slice(1)).toEqual(together.codes);
    expect(joined.values.slice(1)).toEqual(together.values);
    expect(joined.scales?.slice(1)).toEqual(together.scales ?? undefined);
  }

  it.each(offered)('in %s', async (_, quantizer) => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(1000), intruders, (shape, seed, intruder) =>
        isIndependent(quantizer, shape, seed, intruder),
      ),
      { numRuns: 25 },
    );
  });

  it.each(['tensor', 'channel'] as const)(
    'not under one scale a %s, which private training refuses',
    async (granularity) => {
      const leaky = scaledQuantizer({ ...stochasticInt8, granularity });
      await expect(isIndependent(leaky, [3, 2, 5], 1, 1e30)).rejects.toThrow();
      for (const operand of ['activations', 'outputGradients']) {
        const arithmetic = { ...layerArithmetic('int8'), name: 'leaky', [operand]: leaky };
        expect(() => requirePerExampleScales(arithmetic)).toThrow(
          new RegExp(`"leaky": ${operand} in int8 have one scale per ${granularity}.*one example`),
        );
      }
    },
  );

  it('in every arithmetic', () => {
    for (const name of arithmeticNames()) {
      expect(() => requirePerExampleScales(layerArithmetic(name))).not.toThrow();
    }
  });
});

it('LUQ-FP4 is stochastic on all three operands', () => {
  const { activations, weights, outputGradients } = layerArithmetic('luq-fp4');
  const x = tf.tensor(normal(64), [1, 64]);
  for (const quantizer of [activations, weights, outputGradients]) {
    const codes = (step: number) =>
      String(
        quantizer
          .quantize(x, { key: philoxKeyFromSeed(1), step, draw: 0 }, keysOf([1]))
          .codes.dataSync(),
      );
    expect(codes(1)).not.toBe(codes(2));
  }
  expect(luqFp4.integerStep).toBe(1);
});
