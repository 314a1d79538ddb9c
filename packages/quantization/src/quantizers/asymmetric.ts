import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys } from '@dpquant/random';
import type { RoundingMode } from '../formats/numberFormat.ts';
import { roundMagnitude } from '../formats/roundMagnitude.ts';
import type { Quantizer, RandomStream } from './quantizer.ts';
import { scaleGroups, smallestScale, stochasticWords } from './scaled.ts';
import type { ScaleGroups } from './scaledCast.ts';
import { valuesSynchronously } from './valuesSynchronously.ts';

export interface AsymmetricCast {
  readonly bits: number;
  readonly rounding: RoundingMode;
}

/** Unsigned codes with a zero point: value = (code − zeroPoint)·scale. */
export interface AsymmetricCodes {
  readonly codes: Float32Array;
  readonly zeroPoints: Float32Array;
  readonly scales: Float32Array;
}

const { abs, fround, max, min } = Math;

/**
 * The plain reference of asymmetric integers. If most values have one sign, as after a ReLU, few
 * codes are wasted on the other. Zero is always representable.
 *
 * Order of roundings: `low = min(x, 0)`, `high = max(x, 0)` over the group; `scale = float32((high
 * − low) / (2^bits − 1))`; `inverse = float32(1 / scale)`; the zero point is −low·inverse rounded
 * to nearest even; the code is float32(x·inverse) + zero point, rounded and clamped to 0 … 2^bits −
 * 1. A group that is not finite, or whose scale would be below 2⁻¹²⁶, is treated as in
 * `quantizeScaled`.
 */
export function quantizeAsymmetric(
  values: Float32Array,
  groups: ScaleGroups,
  { bits, rounding }: AsymmetricCast,
  randomness?: RandomStream,
  examples?: ExampleKeys,
): AsymmetricCodes {
  const codes = new Float32Array(values.length);
  const scales = new Float32Array(groups.count);
  const zeroPoints = new Float32Array(groups.count);
  const words = stochasticWords(`int${bits}`, rounding, randomness);
  const largest = 2 ** bits - 1;
  const stride = groups.interleaved ? groups.count : 1;
  for (let group = 0; group < groups.count; group++) {
    const start = groups.interleaved ? group : group * groups.size;
    let low = 0;
    let high = 0;
    for (let i = 0; i < groups.size; i++) {
      low = min(low, values[start + i * stride]!);
      high = max(high, values[start + i * stride]!);
    }
    const scale = fround((high - low) / largest);
    if (!Number.isFinite(scale)) scales[group] = NaN;
    if (!(scale >= smallestScale && scale < Infinity)) continue;
    const inverse = fround(1 / scale);
    const zeroPoint = roundMagnitude(fround(abs(low) * inverse), 'nearest-even', 0, false, false);
    scales[group] = scale;
    zeroPoints[group] = zeroPoint;
    words?.startExample(examples, group);
    for (let i = 0; i < groups.size; i++) {
      const at = start + i * stride;
      const shifted = max(0, fround(values[at]! * inverse) + zeroPoint);
      const word = words ? words.at(groups.interleaved ? at : i) : 0;
      codes[at] = min(largest, roundMagnitude(shifted, rounding, word, false, false));
    }
  }
  return { codes, zeroPoints, scales };
}

/**
 * A quantizer to asymmetric integers. Products use code − zero point, which needs one bit more than
 * the code, so no integer kernel is used.
 */
export function asymmetricQuantizer(
  options: AsymmetricCast & { readonly granularity: 'tensor' | 'channel' | 'example' },
): Quantizer {
  const { bits, granularity } = options;
  const format = `int${bits}-asymmetric`;
  return {
    format,
    granularity,
    quantize(x, randomness, examples) {
      const groups = scaleGroups(x, format, granularity, examples);
      const keys = granularity === 'example' ? examples : undefined;
      const values = valuesSynchronously(x, format);
      const { codes, zeroPoints, scales } = quantizeAsymmetric(
        values,
        groups,
        options,
        randomness,
        keys,
      );
      const centred = codes.map((code, i) => {
        const group = groups.interleaved ? i % groups.count : Math.floor(i / groups.size);
        return code - zeroPoints[group]!;
      });
      return {
        codes: tf.tensor(centred, x.shape, 'float32'),
        scales,
        ...(granularity === 'channel' ? { scaleLayout: 'channel' } : {}),
      };
    },
  };
}
