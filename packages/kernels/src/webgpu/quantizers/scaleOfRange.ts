import type { QuantizeIntegersAttributes } from '@dpquant/quantization';
import type { ScaleRule } from './groupScales.ts';
import { sawbRange, sawbSums } from './sawbRange.ts';
import { float64Constant, softFloat64 } from './softFloat64.ts';

type Ranges = Pick<QuantizeIntegersAttributes, 'largest'> &
  Partial<Pick<QuantizeIntegersAttributes, 'largestOfNonNegative' | 'isSawb'>>;

/**
 * The range over the largest code, rounded to float64 and to float32.
 */
export function scaleOfRange({
  largest,
  largestOfNonNegative = largest,
  isSawb = false,
}: Ranges): ScaleRule {
  const isMarked = largestOfNonNegative !== largest;
  return {
    name: `Range${largest}${isSawb ? 'Sawb' : ''}${isMarked ? `NonNegative${largestOfNonNegative}` : ''}`,
    functions: `
${softFloat64}
${isSawb ? sawbRange : ''}
${scaleFunction('scaleOf', isSawb ? 'sawbRange' : 'float64OfFloat32', largest)}`,
    ...(isMarked && {
      functionsOfNonNegative: scaleFunction(
        'scaleOfNonNegative',
        'float64OfFloat32',
        largestOfNonNegative,
      ),
    }),
    ...(isSawb ? { sums: sawbSums } : {}),
  };
}

/** WGSL: the scale of a largest magnitude, by the function that gives its range in float64. */
function scaleFunction(name: string, rangeOf: string, largest: number): string {
  return `
fn ${name}(maximum: u32) -> u32 {
  if (maximum < 0x800000u) {
    return 0u;
  }
  let scale = float32OfFloat64(float64Divide(${rangeOf}(maximum), ${float64Constant(largest)}));
  return select(0u, scale, scale >= 0x800000u);
}
`;
}
