import * as tf from '@tensorflow/tfjs-core';
import { philox4x32, type ExampleKeys } from '@dpquant/random';
import type { Granularity, Quantizer, Rounding } from './quantizer.ts';

/** Largest code of LUQ-FP4: the codes are 0 and ±1, ±2, ±4 … ±64. */
export const luqFp4MaxCode = 64;

/**
 * Below this maximum a scale would leave the normal float32 range, which some devices flush to
 * zero: the whole example becomes zero, on every backend alike.
 */
const smallestMaximum = 2 ** -120;

const { abs, fround, min } = Math;
const floatView = new Float32Array(1);
const bitView = new Int32Array(floatView.buffer);

/**
 * LUQ-FP4 of one element (Chmiel et al., arXiv 2112.10769; 1 sign, 3 exponent and 0 mantissa bits),
 * unbiased: the expectation of code·scale over the random word is the value.
 *
 * Order of roundings: `r = float32(|x|·inverseScale)`, at most 64. Below one, the code is 1 if the
 * word's upper 24 bits, as a fraction, are below r. From one on, the word's upper 23 bits are added
 * to the mantissa of r and the mantissa is cut off: the carry rounds the exponent up with
 * probability r/2^⌊log₂ r⌋ − 1.
 *
 * @param inverseScale float32 reciprocal of the scale
 * @param word 32 random bits
 */
export function luqFp4Code(x: number, inverseScale: number, word: number): number {
  const r = min(fround(abs(x) * inverseScale), luqFp4MaxCode);
  let code: number;
  if (r < 1) {
    code = word >>> 8 < r * 2 ** 24 ? 1 : 0;
  } else {
    floatView[0] = r;
    bitView[0] = (bitView[0]! + (word >>> 9)) & 0xff800000;
    code = floatView[0]!;
  }
  return x < 0 ? 0 - code : code;
}

/**
 * LUQ-FP4 of consecutive groups of `groupSize` values, each with its own scale max|x| / 64.
 *
 * A group that holds NaN or an infinity gets the scale NaN and codes of zero, so that whatever is
 * computed from it is NaN and nothing else changes. A group whose maximum is below 2⁻¹²⁰ becomes
 * zero.
 *
 * @param examples keys of the groups, or undefined where the one group is a whole tensor
 */
export function luqFp4Quantize(
  values: Float32Array,
  groupSize: number,
  rounding: Rounding,
  examples?: ExampleKeys,
): { codes: Float32Array; scales: Float32Array } {
  const groups = groupSize === 0 ? 0 : values.length / groupSize;
  const codes = new Float32Array(values.length);
  const scales = new Float32Array(groups);
  const words = new Uint32Array(4);
  for (let group = 0; group < groups; group++) {
    const start = group * groupSize;
    const end = start + groupSize;
    const maximum = maximumMagnitude(values, start, end);
    if (!Number.isFinite(maximum)) scales[group] = NaN;
    if (!(maximum >= smallestMaximum && maximum < Infinity)) continue;
    const scale = maximum / luqFp4MaxCode;
    const inverseScale = fround(1 / scale);
    scales[group] = scale;
    const row = examples ? examples.rows[group]! : 0;
    const view = examples ? examples.views[group]! : 0;
    const viewAndDraw = ((view << 16) | rounding.draw) >>> 0;
    for (let i = start; i < end; i += 4) {
      const blockEnd = min(i + 4, end);
      if (allZero(values, i, blockEnd)) continue;
      philox4x32(rounding.key, (i - start) >>> 2, row, viewAndDraw, rounding.step, words);
      for (let j = i; j < blockEnd; j++) {
        codes[j] = luqFp4Code(values[j]!, inverseScale, words[j - i]!);
      }
    }
  }
  return { codes, scales };
}

/** Largest |value| in [start, end); NaN if there is a NaN. */
function maximumMagnitude(values: Float32Array, start: number, end: number): number {
  let maximum = 0;
  for (let i = start; i < end; i++) {
    const magnitude = abs(values[i]!);
    if (!(magnitude <= maximum)) {
      if (Number.isNaN(magnitude)) return NaN;
      maximum = magnitude;
    }
  }
  return maximum;
}

function allZero(values: Float32Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (values[i] !== 0) return false;
  return true;
}

/** LUQ-FP4 of a tensor; the codes are float32 until a backend has kernels for integers. */
export function luqFp4Quantizer(granularity: Granularity): Quantizer {
  return {
    format: 'luq-fp4',
    granularity,
    quantize(x, rounding, examples) {
      const perTensor = granularity === 'tensor';
      const count = perTensor ? 1 : (x.shape[0] ?? 0);
      if (!perTensor && examples?.rows.length !== count) {
        throw new RangeError(
          `luq-fp4: expected keys of ${count} examples, got ${examples?.rows.length ?? 'none'}`,
        );
      }
      const values = x.dataSync<'float32'>();
      const groupSize = count === 0 ? 0 : values.length / count;
      const { codes, scales } = luqFp4Quantize(
        values,
        groupSize,
        rounding,
        perTensor ? undefined : examples,
      );
      return { codes: tf.tensor(codes, x.shape, 'float32'), scales };
    },
  };
}
