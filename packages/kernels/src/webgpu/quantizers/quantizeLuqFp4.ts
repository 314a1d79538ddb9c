import type * as tf from '@tensorflow/tfjs-core';
import { quantizerOperations, type QuantizeAttributes } from '@dpquant/quantization';
import { groupScales, type ScaleRule } from './groupScales.ts';
import { scaledCodes, type CodeRule } from './scaledCodes.ts';
import { webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';

/** Largest value 64: the exponent of the largest magnitude less 6, at least 1. */
const scaleRule: ScaleRule = {
  name: 'LuqFp4',
  functions: `
fn scaleOf(maximum: u32) -> u32 {
  return select(0u, maximum - (6u << 23u), maximum >= (7u << 23u));
}
`,
};

const codeRule: CodeRule = {
  name: 'LuqFp4',
  isStochastic: true,
  functions: `
fn codeOf(magnitude: u32, word: u32, inverse: u32) -> f32 {
  let r = ratio(magnitude, inverse);
  if (r >= 1.0) {
    // The word's bits are added to the mantissa and carry into the exponent; 64 at most.
    return bitcast<f32>(min((bitcast<u32>(r) + (word >> 9u)) & 0xff800000u, 0x42800000u));
  }
  return select(0.0, 1.0, isUpFromZero(r, magnitude, inverse, word));
}
`,
};

/** See `quantizerOperations` of quantization, which defines what it computes. */
function quantizeLuqFp4(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  attributes: QuantizeAttributes,
): [codes: tf.TensorInfo, scales: tf.TensorInfo] {
  const scales = groupScales(backend, x, attributes.groups, scaleRule);
  return [scaledCodes(backend, x, scales, attributes, codeRule), scales];
}

export const quantizeLuqFp4Config = quantizerOperations.luqFp4.on(
  webGpuBackend,
  (backend, { x }, attributes) => quantizeLuqFp4(backend, x, attributes),
);
