import type * as tf from '@tensorflow/tfjs-core';
import { quantizerKernels, type QuantizeIntegersAttributes } from '@dpquant/quantization';
import { groupScales, type ScaleRule } from './groupScales.ts';
import { sawbRange, sawbSums } from './sawbRange.ts';
import { scaledCodes, type CodeRule } from './scaledCodes.ts';
import { float64Constant, softFloat64 } from './softFloat64.ts';
import type { WebGpuBackend } from './webGpuBackend.ts';

type Cast = Pick<QuantizeIntegersAttributes, 'largest' | 'isSawb' | 'isStochastic'>;

/** The range over the largest code, rounded to float64 and to float32. */
function scaleRule({ largest, isSawb }: Cast): ScaleRule {
  return {
    name: `Integers${largest}${isSawb ? 'Sawb' : ''}`,
    functions: `
${softFloat64}
${isSawb ? sawbRange : ''}

fn scaleOf(maximum: u32) -> u32 {
  if (maximum < 0x800000u) {
    return 0u;
  }
  let range = ${isSawb ? 'sawbRange' : 'float64OfFloat32'}(maximum);
  let scale = float32OfFloat64(float64Divide(range, ${float64Constant(largest)}));
  return select(0u, scale, scale >= 0x800000u);
}
`,
    ...(isSawb ? { sums: sawbSums } : {}),
  };
}

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

/** See `quantizerKernels` of quantization, which defines what it computes. */
export function quantizeIntegers(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  attributes: QuantizeIntegersAttributes,
): tf.TensorInfo[] {
  const scales = groupScales(backend, x, attributes.groups, scaleRule(attributes));
  return [scaledCodes(backend, x, scales, attributes, codeRule(attributes)), scales];
}

export const quantizeIntegersConfig: tf.KernelConfig = {
  kernelName: quantizerKernels.integers,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) =>
    quantizeIntegers(
      backend as unknown as WebGpuBackend,
      inputs['x']!,
      attrs as unknown as QuantizeIntegersAttributes,
    ),
};
