import { floatFormat } from './floatFormat.ts';
import { integerFormat } from './integerFormat.ts';
import type { NumberFormat } from './numberFormat.ts';

const floatView = new Float32Array(1);
const bitView = new Int32Array(floatView.buffer);

const luqFp4Cast: NumberFormat = floatFormat({
  name: 'luq-fp4',
  description: 'powers of two, made for unbiased stochastic rounding (arXiv 2112.10769)',
  exponentBits: 3,
  mantissaBits: 0,
  bias: 1,
  specials: 'none',
  integerStep: 1,
});

/**
 * LUQ-FP4 (Chmiel et al., arXiv 2112.10769): one sign, three exponent and no mantissa bits: 0 and
 * ±1, ±2, ±4 … ±64.
 *
 * Stochastic rounding of a float32 takes the form that kernels use, with the same result as the
 * cast: from 1 on, the word's upper 23 bits are added to the mantissa, and the mantissa is cut off.
 */
export const luqFp4: NumberFormat = {
  ...luqFp4Cast,
  roundMagnitude(x, rounding, word) {
    if (rounding !== 'stochastic' || x >= 64) return luqFp4Cast.roundMagnitude!(x, rounding, word);
    if (x < 1) return word >>> 8 < x * 2 ** 24 ? 1 : 0;
    floatView[0] = x;
    bitView[0] = (bitView[0]! + (word >>> 9)) & 0xff800000;
    return floatView[0];
  },
};

export const int8: NumberFormat = integerFormat({
  name: 'int8',
  description: 'symmetric 8-bit integers',
  bits: 8,
});

export const int4: NumberFormat = integerFormat({
  name: 'int4',
  description: 'symmetric 4-bit integers',
  bits: 4,
});

/**
 * INT4 for groups without negative values. It is not a number format by itself, because weights and
 * gradients have signs.
 */
export const uint4: NumberFormat = integerFormat({
  name: 'uint4',
  description: 'unsigned 4-bit integers',
  bits: 4,
  isUnsigned: true,
});

// The formats of the Open Compute Project: "OFP8", revision 1.0, and "Microscaling (MX)", v1.0.

export const fp8E4M3: NumberFormat = floatFormat({
  name: 'fp8-e4m3',
  description: '8-bit float, more precision (OCP)',
  exponentBits: 4,
  mantissaBits: 3,
  bias: 7,
  specials: 'nan-only',
});

export const fp8E5M2: NumberFormat = floatFormat({
  name: 'fp8-e5m2',
  description: '8-bit float, more range (OCP)',
  exponentBits: 5,
  mantissaBits: 2,
  bias: 15,
  specials: 'ieee',
});

export const fp6E2M3: NumberFormat = floatFormat({
  name: 'fp6-e2m3',
  description: '6-bit float, more precision (OCP)',
  exponentBits: 2,
  mantissaBits: 3,
  bias: 1,
  specials: 'none',
  integerStep: 2 ** -3,
});

export const fp6E3M2: NumberFormat = floatFormat({
  name: 'fp6-e3m2',
  description: '6-bit float, more range (OCP)',
  exponentBits: 3,
  mantissaBits: 2,
  bias: 3,
  specials: 'none',
});

export const fp4E2M1: NumberFormat = floatFormat({
  name: 'fp4-e2m1',
  description: '4-bit float (OCP)',
  exponentBits: 2,
  mantissaBits: 1,
  bias: 1,
  specials: 'none',
  integerStep: 0.5,
});

export const bf16: NumberFormat = floatFormat({
  name: 'bf16',
  description: '16-bit float with the range of float32',
  exponentBits: 8,
  mantissaBits: 7,
  bias: 127,
  specials: 'ieee',
  unscaled: true,
});

export const fp16: NumberFormat = floatFormat({
  name: 'fp16',
  description: '16-bit float of IEEE 754',
  exponentBits: 5,
  mantissaBits: 10,
  bias: 15,
  specials: 'ieee',
  unscaled: true,
});

/** Element of MXINT8: k/64. */
export const mxInt8Element: NumberFormat = integerFormat({
  name: 'mxint8-element',
  bits: 8,
  step: 1 / 64,
});

/** The built-in number formats, in the order in which they are listed. */
export const builtInFormats: readonly NumberFormat[] = [
  luqFp4,
  int8,
  int4,
  fp8E4M3,
  fp8E5M2,
  fp6E2M3,
  fp6E3M2,
  fp4E2M1,
  bf16,
  fp16,
];
