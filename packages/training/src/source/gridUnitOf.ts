import { gridUnit } from '@dpquant/mechanisms';

/** The real value of one unit of a sum of gradients: 1 without clipping, where sums are real values. */
export function gridUnitOf(clipNorm: number): number {
  return clipNorm < Infinity ? gridUnit(clipNorm) : 1;
}
