import type * as tf from '@tensorflow/tfjs-core';
import { quantizerOperations, type QuantizeFloatsAttributes } from '@dpquant/quantization';
import { groupScales, type ScaleRule } from './groupScales.ts';
import { scaledCodes, type CodeRule } from './scaledCodes.ts';
import { scaleOfRange } from './scaleOfRange.ts';
import { webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';

const unscaled: ScaleRule = {
  name: 'Unscaled',
  functions: `
fn scaleOf(_maximum: u32) -> u32 {
  return 0x3f800000u;
}
`,
};

/** Stored exponent of 1 in a float32, and bits of its mantissa. */
const [bias, wordMantissaBits] = [127, 23];

/**
 * Rounds on the bits of a float32: bits below a step of the format are dropped, and a carry out of
 * the mantissa increments the exponent automatically.
 */
function codeRule(attributes: QuantizeFloatsAttributes): CodeRule {
  const { mantissaBits, smallestExponent, largest, isUnscaled, isStochastic } = attributes;
  const smallestStored = smallestExponent + bias;
  const isUp = isStochastic
    ? `select(
    (word >> 8u) < (rest << (24u - lost)),
    (rest << ${mantissaBits}u) + (word >> 9u) >= 0x800000u,
    r >= ${smallestStored * 2 ** wordMantissaBits}u,
  )`
    : 'rest + ((significand >> lost) & 1u) > (1u << (lost - 1u))';
  return {
    name: [
      ...['Floats', mantissaBits, smallestExponent, largest],
      ...[isUnscaled ? 'Unscaled' : '', isStochastic ? 'Stochastic' : 'Nearest'],
    ].join('_'),
    isStochastic,
    functions: `
fn codeOf(magnitude: u32, word: u32, inverse: u32) -> f32 {
  let r = ${isUnscaled ? 'magnitude' : 'bitcast<u32>(ratio(magnitude, inverse))'};
  let exponent = max(r >> 23u, 1u);
  let significand = (r & 0x7fffffu) | select(0x800000u, 0u, r < 0x800000u);
  let lost = ${wordMantissaBits - mantissaBits}u + max(exponent, ${smallestStored}u) - exponent;
  ${fromZero(attributes)}
  let rest = r & ((1u << lost) - 1u);
  let isUp = ${isUp};
  let rounded = r - rest + select(0u, 1u << lost, isUp);
  return bitcast<f32>(min(rounded, ${bitsOf(largest)}u));
}
`,
  };
}

/**
 * WGSL: rounds values below the smallest code to it or to zero. Empty if the smallest code is
 * itself subnormal in float32.
 */
function fromZero({ mantissaBits, smallestExponent, isStochastic }: QuantizeFloatsAttributes) {
  const exponent = smallestExponent - mantissaBits;
  if (exponent <= 1 - bias) return '';
  const isUp = isStochastic
    ? `isUpFromZero(bitcast<f32>(r) * 0x1p${-exponent}, magnitude, inverse, word)`
    : 'lost == 24u && significand > 0x800000u';
  return `if (lost > 23u) {
    return select(0.0, 0x1p${exponent}, ${isUp});
  }`;
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}

/** See `quantizerOperations` of quantization, which defines what it computes. */
function quantizeFloats(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  attributes: QuantizeFloatsAttributes,
): [codes: tf.TensorInfo, scales: tf.TensorInfo] {
  const { groups, largest, isUnscaled } = attributes;
  const scales = groupScales(backend, x, groups, isUnscaled ? unscaled : scaleOfRange({ largest }));
  return [scaledCodes(backend, x, scales, attributes, codeRule(attributes)), scales];
}

export const quantizeFloatsConfig = quantizerOperations.floats.on(
  webGpuBackend,
  (backend, { x }, attributes) => quantizeFloats(backend, x, attributes),
);
