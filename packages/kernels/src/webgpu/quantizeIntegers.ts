import type * as tf from '@tensorflow/tfjs-core';
import { quantizerOperations, type QuantizeIntegersAttributes } from '@dpquant/quantization';
import { groupScales } from './groupScales.ts';
import { scaledCodes, type CodeRule } from './scaledCodes.ts';
import { scaleOfRange } from './scaleOfRange.ts';
import { webGpuBackend, type WebGpuBackend } from './webGpuBackend.ts';

type Cast = Pick<QuantizeIntegersAttributes, 'largest' | 'isStochastic'>;

function codeRule({ largest, isStochastic }: Cast): CodeRule {
  const isUp = isStochastic
    ? `select(
    isFractionUp(fraction, word),
    isUpFromZero(r, magnitude, inverse, word),
    r < 1.0,
  )`
    : 'fraction > 0.5 || (fraction == 0.5 && (u32(low) & 1u) == 1u)';
  return {
    name: `Integers${largest}${isStochastic ? 'Stochastic' : 'Nearest'}`,
    isStochastic,
    functions: `
fn codeOf(magnitude: u32, word: u32, inverse: u32) -> f32 {
  // What is 256 or more, or infinity, is beyond the range of SAWB.
  if ((magnitude >> 23u) + (inverse >> 23u) >= 262u) {
    return ${largest}.0;
  }
  let r = min(ratio(magnitude, inverse), ${largest}.0);
  let low = floor(r);
  let fraction = r - low;
  let isUp = ${isUp};
  return low + select(0.0, 1.0, isUp);
}
`,
  };
}

/** See `quantizerOperations` of quantization, which defines what it computes. */
function quantizeIntegers(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  attributes: QuantizeIntegersAttributes,
): [codes: tf.TensorInfo, scales: tf.TensorInfo] {
  const { groups, largest, isSawb } = attributes;
  const scales = groupScales(backend, x, groups, scaleOfRange(largest, isSawb));
  return [scaledCodes(backend, x, scales, attributes, codeRule(attributes)), scales];
}

export const quantizeIntegersConfig = quantizerOperations.integers.on(
  webGpuBackend,
  (backend, { x }, attributes) => quantizeIntegers(backend, x, attributes),
);
