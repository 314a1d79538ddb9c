import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys } from '@dpquant/random';
import { areFloat16 } from '../formats/floatCodes.ts';
import { magnitudeRounding, type RoundingMode } from '../formats/numberFormat.ts';
import { ExampleWords } from './exampleWords.ts';
import { maximumMagnitude } from './magnitudes.ts';
import { quantizeByKernel } from './quantizeByKernel.ts';
import type { Granularity, Quantizer, RandomStream } from './quantizer.ts';
import type { ScaledCast, ScaleGroups } from './scaledCast.ts';
import { valuesSynchronously } from './valuesSynchronously.ts';

/**
 * A smaller scale would be a subnormal float32, which some devices flush to zero; all values that
 * share such a scale become zero, on every backend.
 */
export const smallestScale = 2 ** -126;

const { abs, fround } = Math;

/**
 * The plain reference of every quantizer with one scale per group.
 *
 * Order of roundings, for a format whose values are multiples of a unit (`integerStep`, a power of
 * two, or 1): `largest = format.max / unit`; `scale = float32(range / largest)`; `inverse =
 * float32(1 / scale)`; `r = float32(|x|·inverse)`; the code is r·unit cast to the format,
 * saturating, divided by the unit, with the sign of x. A code of zero has no sign.
 *
 * A group with NaN or an infinity gets the scale NaN and codes of zero, so that everything computed
 * from it is NaN and nothing else changes. A group without negative values uses `nonNegativeFormat`
 * and max|x| instead of format and range, if there is one. A group whose scale would be below 2⁻¹²⁶
 * becomes zero. In an unscaled format the scales are 1, or NaN as above.
 *
 * Random words, where rounding is stochastic, are those of the element's index in its group (in the
 * whole array, if groups are interleaved).
 */
export function quantizeScaled(
  values: Float32Array,
  groups: ScaleGroups,
  cast: ScaledCast,
  randomness?: RandomStream,
  examples?: ExampleKeys,
): { codes: Float32Array; scales: Float32Array } {
  const { rounding, nonNegativeFormat, ...usual } = cast;
  const codes = new Float32Array(values.length);
  const scales = new Float32Array(groups.count);
  const words = stochasticWords(usual.format.name, rounding, randomness);
  const stride = groups.interleaved ? groups.count : 1;
  for (let group = 0; group < groups.count; group++) {
    const start = groups.interleaved ? group : group * groups.size;
    const { format, range = maximumMagnitude } =
      nonNegativeFormat && !hasNegative(values, start, stride, groups.size)
        ? { format: nonNegativeFormat }
        : usual;
    const unit = format.integerStep ?? 1;
    const perUnit = 1 / unit;
    const largest = format.max / unit;
    const roundMagnitude = magnitudeRounding(format);
    const reach = range(values, start, stride, groups.size);
    const scale = format.unscaled ? 1 : fround(reach / largest);
    if (!Number.isFinite(reach)) scales[group] = NaN;
    if (!(scale >= smallestScale && reach < Infinity)) continue;
    const inverse = fround(1 / scale);
    scales[group] = scale;
    words?.startExample(examples, group);
    const firstElement = groups.interleaved ? start : 0;
    for (let i = 0; i < groups.size; i++) {
      const x = values[start + i * stride]!;
      if (x === 0) continue;
      const word = words === null ? 0 : words.at(firstElement + i * stride);
      const r = fround(abs(x) * inverse);
      const code = roundMagnitude(r * unit, rounding, word) * perUnit;
      codes[start + i * stride] = x < 0 ? 0 - code : code;
    }
  }
  return { codes, scales };
}

function hasNegative(values: Float32Array, start: number, stride: number, count: number): boolean {
  for (let i = 0, at = start; i < count; i++, at += stride) if (values[at]! < 0) return true;
  return false;
}

/**
 * The source of random words.
 *
 * @throws RangeError if a stochastic cast has none
 */
export function stochasticWords(
  name: string,
  mode: RoundingMode,
  randomness: RandomStream | undefined,
): ExampleWords | null {
  if (mode !== 'stochastic') return null;
  if (!randomness) {
    throw new RangeError(`${name}: stochastic rounding needs random bits; pass their source`);
  }
  return new ExampleWords(randomness);
}

export interface ScaledQuantizerOptions extends ScaledCast {
  readonly granularity: 'tensor' | 'channel' | 'example';
}

/** A quantizer of tensors to a format with one scale per tensor, channel or example. */
export function scaledQuantizer(options: ScaledQuantizerOptions): Quantizer {
  const { format, nonNegativeFormat, granularity } = options;
  const formats = nonNegativeFormat ? [format, nonNegativeFormat] : [format];
  const largest = Math.max(...formats.map(({ max, integerStep = 0 }) => max / integerStep));
  const integers = largest < Infinity ? { largestInteger: largest } : {};
  const float16 = formats.every(areFloat16) ? { isFloat16: true } : {};
  return {
    format: formats.map(({ name }) => name).join(' or '),
    granularity,
    ...integers,
    quantize(x, randomness, examples) {
      const groups = scaleGroups(x, format.name, granularity, examples);
      const keys = granularity === 'example' ? examples : undefined;
      const { codes, scales } =
        quantizeByKernel(x, groups, options, randomness, keys) ??
        quantizeByLoops(x, groups, options, randomness, keys);
      return {
        codes,
        scales,
        ...(granularity === 'channel' ? { scaleLayout: 'channel' } : {}),
        ...integers,
        ...float16,
      };
    },
  };
}

function quantizeByLoops(
  x: tf.Tensor,
  groups: ScaleGroups,
  cast: ScaledCast,
  randomness: RandomStream | undefined,
  keys: ExampleKeys | undefined,
): { codes: tf.Tensor; scales: Float32Array } {
  const values = valuesSynchronously(x, cast.format.name);
  const { codes, scales } = quantizeScaled(values, groups, cast, randomness, keys);
  return { codes: tf.tensor(codes, x.shape, 'float32'), scales };
}

/**
 * The division of a tensor into groups.
 *
 * @throws RangeError for examples without keys
 */
export function scaleGroups(
  x: tf.Tensor,
  name: string,
  granularity: Exclude<Granularity, 'block'>,
  examples: ExampleKeys | undefined,
): ScaleGroups {
  const count =
    granularity === 'tensor' ? 1 : granularity === 'example' ? (x.shape[0] ?? 0) : x.shape.at(-1);
  if (count === undefined) {
    throw new RangeError(`${name}: a scalar has no channels; use granularity "tensor"`);
  }
  if (granularity === 'example') requireKeys(name, count, examples);
  const size = count === 0 ? 0 : x.size / count;
  return { count, size, interleaved: granularity === 'channel' };
}

/** @throws RangeError unless there are keys for `count` examples */
export function requireKeys(name: string, count: number, examples: ExampleKeys | undefined): void {
  if (examples?.rows.length !== count) {
    throw new RangeError(
      `${name}: expected keys of ${count} examples, got ${examples?.rows.length ?? 'none'}`,
    );
  }
}
