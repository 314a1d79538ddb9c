import type { ScaleRule } from './groupScales.ts';
import { sawbRange, sawbSums } from './sawbRange.ts';
import { float64Constant, softFloat64 } from './softFloat64.ts';

/**
 * The range over the largest code, rounded to float64 and to float32.
 *
 * @param isSawb whether the range is that of SAWB, instead of the largest magnitude
 */
export function scaleOfRange(largest: number, isSawb: boolean): ScaleRule {
  return {
    name: `Range${largest}${isSawb ? 'Sawb' : ''}`,
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
