import type * as tf from '@tensorflow/tfjs-core';
import { quantizerOperations, type QuantizeIntegersAttributes } from '@dpquant/quantization';
import { groupScales } from './groupScales.ts';
import { scaledCodes, type CodeRule } from './scaledCodes.ts';
import { withoutMarks } from './scaleMarks.ts';
import { scaleOfRange } from './scaleOfRange.ts';
import { webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';

type Cast = Pick<QuantizeIntegersAttributes, 'largest' | 'largestOfNonNegative' | 'isStochastic'>;

function codeRule({ largest, largestOfNonNegative, isStochastic }: Cast): CodeRule {
  const isMarked = largestOfNonNegative !== largest;
  const isUp = isStochastic
    ? `select(
    isFractionUp(fraction, word),
    isUpFromZero(r, magnitude, inverse, word),
    r < 1.0,
  )`
    : 'fraction > 0.5 || (fraction == 0.5 && (u32(low) & 1u) == 1u)';
  return {
    name: `Integers${largest}${isMarked ? `NonNegative${largestOfNonNegative}` : ''}${isStochastic ? 'Stochastic' : 'Nearest'}`,
    isStochastic,
    ...(isMarked && {
      ofMark: `largestCode = select(${largest}.0, ${largestOfNonNegative}.0, isMarked);`,
    }),
    functions: `
var<private> largestCode = ${largest}.0;

fn codeOf(magnitude: u32, word: u32, inverse: u32) -> f32 {
  // Values of 256 and more, and infinity, are beyond the range of SAWB.
  if ((magnitude >> 23u) + (inverse >> 23u) >= 262u) {
    return largestCode;
  }
  let r = min(ratio(magnitude, inverse), largestCode);
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
  const { groups, largest, largestOfNonNegative } = attributes;
  const scales = groupScales(backend, x, groups, scaleOfRange(attributes));
  const codes = scaledCodes(backend, x, scales, attributes, codeRule(attributes));
  if (largestOfNonNegative === largest) return [codes, scales];
  const unmarked = withoutMarks(backend, scales);
  backend.disposeData(scales.dataId);
  return [codes, unmarked];
}

export const quantizeIntegersConfig = quantizerOperations.integers.on(
  webGpuBackend,
  (backend, { x }, attributes) => quantizeIntegers(backend, x, attributes),
);
