import * as tf from '@tensorflow/tfjs-core';
import {
  formatValues,
  quantizeScaled,
  scaledQuantizer,
  withReadScales,
  type NumberFormat,
  type ScaledCast,
} from '@dpquant/quantization';
import { philoxKeyFromSeed, SeededRandom, uniformInteger } from '@dpquant/random';
import { normal } from './normal.ts';

const count = 5;
const keys = {
  rows: Uint32Array.of(0, 7, 0xffffffff, 12345, 0x89abcdef),
  views: Uint32Array.of(0, 1, 65535, 2, 40000),
};

/**
 * Finite float32 values, with all exponents equally likely, including subnormal numbers and zeros.
 */
function anyFinite(length: number, seed: number): Float32Array {
  const random = new SeededRandom(seed, 'any finite');
  const words = Uint32Array.from({ length }, () => {
    const word = random.uint32();
    return (word & 0x7f800000) === 0x7f800000 ? word & 0x80000000 : word;
  });
  return new Float32Array(words.buffer);
}

/** Whole and half numbers, often the largest, so that there are ties. */
function halves(largest: number) {
  return (length: number, seed: number) => {
    const random = new SeededRandom(seed, 'halves');
    return Float32Array.from({ length }, (_, i) =>
      i % 3 === 0 ? -largest : uniformInteger(random, 4 * largest + 1) / 2 - largest,
    );
  };
}

/** Makes values from a seed. */
export type Values = (length: number, seed: number) => Float32Array;

/**
 * The values of a float format, the midpoints between them, the midpoints' neighbours in float32,
 * and values beyond the largest, all multiplied by a power of two.
 */
export function tiesOf(format: NumberFormat): Values {
  const magnitudes = formatValues(format)
    .map(({ value }) => value)
    .filter((value) => value >= 0 && value < Infinity);
  const candidates = magnitudes.flatMap((value, i) => {
    const middle = (value + (magnitudes[i + 1] ?? 2 * format.max - value)) / 2;
    return [value, ...[-1, 0, 1].map((steps) => neighbour(middle, steps))];
  });
  for (const factor of [1.001, 2, 1000]) candidates.push(format.max * factor);
  const scale = format.unscaled ? 1 : 2 ** -9;
  return (length, seed) => {
    const random = new SeededRandom(seed, 'ties');
    const one = () => {
      const value = Math.fround(candidates[uniformInteger(random, candidates.length)]! * scale);
      // Only unscaled formats can have values beyond the largest.
      const isPossible = format.unscaled ? value < Infinity : value <= format.max * scale;
      return isPossible ? value : format.max * scale;
    };
    return Float32Array.from({ length }, (_, i) => {
      if (i % 3 === 0 && !format.unscaled) return -format.max * scale;
      return (i % 2 === 0 ? -1 : 1) * one();
    });
  };
}

/** The float32 value that is `steps` steps from a positive one. */
function neighbour(value: number, steps: number): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0]! += steps;
  return new Float32Array(bits.buffer)[0]!;
}

/** Values that are hard to quantize, by kind. */
export const adversarialKinds: Record<string, Values> = {
  ordinary: normal,
  'of any size': anyFinite,
  'near the smallest scale': (length, seed) => normal(length, seed).map((x) => x * 2 ** -119),
  'near the smallest scale of integers': (length, seed) => {
    const random = new SeededRandom(seed, 'near the smallest');
    return normal(length, seed).map((x) => x * 2 ** (uniformInteger(random, 6) - 126));
  },
  'near the largest': (length, seed) => normal(length, seed).map((x) => x * 2 ** 124),
  'of codes': (length, seed) =>
    normal(length, seed).map((x) => Math.sign(x) * 2 ** (Math.round(Math.abs(x) * 20) % 7)),
  'of zero': (length) => new Float32Array(length),
  'of halves up to 7': halves(7),
  'of halves up to 127': halves(127),
  rectified: (length, seed) => normal(length, seed).map((x) => Math.max(-0, x)),
  // The last value of one example in five is below zero.
  'nearly rectified': (length, seed) =>
    normal(length, seed).map((x, i) => (i + 1 === length / count ? -x * x : Math.abs(x))),
  'of halves from 0 to 15': (length, seed) => halves(15)(length, seed).map(Math.abs),
  // The two terms of SAWB nearly cancel.
  'nearly alike': (length, seed) => {
    const random = new SeededRandom(seed, 'nearly alike');
    return Float32Array.from({ length }, (_, i) => {
      const magnitude = uniformInteger(random, 100) < 33 ? 1.3 : 1;
      return i % 2 === 0 ? magnitude : -magnitude;
    });
  },
  'with a heavy tail': (length, seed) => {
    const divisors = normal(length, seed + 1);
    return normal(length, seed).map((x, i) => Math.fround(x / divisors[i]!) || 0);
  },
};

/** Where codes and scales of a kernel differ from the plain reference's. */
interface Differences {
  readonly codes: number[];
  readonly scales: number[];
}

/** Indices of elements whose bits differ, and that of the end of the shorter one. */
function differences(found: Float32Array, expected: Float32Array): number[] {
  const [a, b] = [found, expected].map((values) => new Int32Array(values.slice().buffer));
  const places: number[] = [];
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) if (a![i] !== b![i]) places.push(i);
  return places;
}

/**
 * Differences of codes and scales of five groups of a size, and of one, by the kernel and by the
 * reference.
 */
export async function quantizedDifferences(
  cast: ScaledCast,
  valuesOf: Values,
  size: number,
): Promise<Differences> {
  const values = valuesOf(size * count, size);
  const rounding = { key: philoxKeyFromSeed(size), step: 4_000_000_000, draw: 3 };
  const x = tf.tensor2d(values, [count, size]);
  const found: Differences = { codes: [], scales: [] };
  for (const granularity of ['example', 'tensor'] as const) {
    const isExample = granularity === 'example';
    const examples = isExample ? keys : undefined;
    const shares = isExample ? { count, size } : { count: 1, size: size * count };
    const groups = { ...shares, interleaved: false };
    const reference = quantizeScaled(values, groups, cast, rounding, examples);
    const quantizer = scaledQuantizer({ ...cast, granularity });
    const operand = await withReadScales(quantizer.quantize(x, rounding, examples));
    const codes = await operand.codes.data<'float32'>();
    operand.codes.dispose();
    found.codes.push(...differences(codes, reference.codes));
    found.scales.push(...differences(operand.scales!, reference.scales));
  }
  x.dispose();
  return found;
}

interface Quantized {
  readonly codes: number[];
  readonly scales: number[];
}

/** Codes and scales of three examples of which the second has a value that is not finite. */
export async function quantizedBesideNotFinite(
  cast: ScaledCast,
  bad: number,
): Promise<{ found: Quantized; expected: Quantized }> {
  const values = normal(36 * 3, 1);
  values[36 + 18] = bad;
  const three = { rows: Uint32Array.of(1, 2, 3), views: new Uint32Array(3) };
  const rounding = { key: philoxKeyFromSeed(2), step: 1, draw: 0 };
  const groups = { count: 3, size: 36, interleaved: false };
  const expected = quantizeScaled(values, groups, cast, rounding, three);
  const quantizer = scaledQuantizer({ ...cast, granularity: 'example' });
  const x = tf.tensor2d(values, [3, 36]);
  const found = await withReadScales(quantizer.quantize(x, rounding, three));
  const codes = await found.codes.data<'float32'>();
  tf.dispose([x, found.codes]);
  return {
    found: { codes: [...codes], scales: [...found.scales!] },
    expected: { codes: [...expected.codes], scales: [...expected.scales] },
  };
}
