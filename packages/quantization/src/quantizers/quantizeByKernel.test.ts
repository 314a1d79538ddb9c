import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { backendNamed } from '@dpquant/operations';
import { bf16, fp16, fp4E2M1, fp6E2M3, fp8E4M3, luqFp4 } from '../formats/builtInFormats.ts';
import { floatFormat, type FloatSpecification } from '../formats/floatFormat.ts';
import type { NumberFormat } from '../formats/numberFormat.ts';
import { quantizerOperations, type QuantizeFloatsAttributes } from './quantizerOperations.ts';
import { scaledQuantizer } from './scaled.ts';
import type { ScaledCast } from './scaledCast.ts';

let told: QuantizeFloatsAttributes | null = null;

beforeAll(() => {
  const config = quantizerOperations.floats.on(backendNamed('cpu'), (_backend, _x, attributes) => {
    told = attributes;
    return [tf.zeros([2]), tf.ones([1])];
  });
  tf.registerKernel(config);
});
afterAll(() => {
  tf.unregisterKernel(quantizerOperations.floats.name, 'cpu');
});

/** What the kernel of float formats is told of a cast; null if it is not asked. */
function toldOf(cast: ScaledCast): Partial<QuantizeFloatsAttributes> | null {
  told = null;
  const quantizer = scaledQuantizer({ ...cast, granularity: 'tensor' });
  quantizer.quantize(tf.tensor1d([1, 2]), { key: [0, 0], step: 0, draw: 0 });
  if (told === null) return null;
  const attributes = told as QuantizeFloatsAttributes;
  const { mantissaBits, smallestExponent, largest, isUnscaled, isStochastic } = attributes;
  return { mantissaBits, smallestExponent, largest, isUnscaled, isStochastic };
}

const custom = (changes: Partial<FloatSpecification>) =>
  floatFormat({
    ...{ name: 'custom', exponentBits: 5, mantissaBits: 2, bias: 15, specials: 'none' },
    ...changes,
  });

it.each<[NumberFormat, Partial<QuantizeFloatsAttributes>]>([
  [fp8E4M3, { mantissaBits: 3, smallestExponent: -6, largest: 448, isUnscaled: false }],
  [fp6E2M3, { mantissaBits: 3, smallestExponent: 3, largest: 60, isUnscaled: false }],
  [fp4E2M1, { mantissaBits: 1, smallestExponent: 1, largest: 12, isUnscaled: false }],
  [fp16, { mantissaBits: 10, smallestExponent: -14, largest: 65504, isUnscaled: true }],
  [bf16, { mantissaBits: 7, smallestExponent: -126, largest: bf16.max, isUnscaled: true }],
  [custom({}), { mantissaBits: 2, smallestExponent: -14, largest: 114688, isUnscaled: false }],
])('a kernel gets a float format as its codes are: %#', (format, attributes) => {
  for (const isStochastic of [false, true]) {
    const rounding = isStochastic ? 'stochastic' : 'nearest-even';
    expect(toldOf({ format, rounding })).toEqual({ ...attributes, isStochastic });
  }
});

it('no float kernel gets a format that it rounds differently or cannot represent', () => {
  const rounding = 'nearest-even';
  const casts: ScaledCast[] = [
    { format: luqFp4, rounding },
    { format: { ...fp8E4M3 }, rounding },
    { format: fp8E4M3, rounding: 'nearest-away' },
    { format: fp8E4M3, rounding, range: () => 1 },
    { format: custom({ mantissaBits: 0 }), rounding },
    // Up to 1.75 only, and beyond float32 on either side.
    { format: custom({ exponentBits: 2, bias: 3 }), rounding },
    { format: custom({ exponentBits: 8, bias: 120 }), rounding },
    { format: custom({ exponentBits: 8, bias: 150 }), rounding },
    { format: custom({ exponentBits: 9, bias: 255, unscaled: true }), rounding },
  ];
  for (const cast of casts) expect(toldOf(cast)).toBeNull();
});
