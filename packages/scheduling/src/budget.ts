import type { ComputeBudget } from './policy.ts';

/**
 * Number of layers out of `layerCount` that a budget has in low precision: the nearest whole number
 * to `quantizedFraction · layerCount`, halves rounded up.
 *
 * Throws RangeError for a fraction outside [0, 1] and for a negative or fractional `layerCount`.
 */
export function quantizedLayerCount(budget: ComputeBudget, layerCount: number): number {
  const fraction = budget.quantizedFraction;
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(
      `quantizedFraction: expected a number from 0 (all float32) to 1 (all in low precision), got ${String(fraction)}`,
    );
  }
  if (!Number.isSafeInteger(layerCount) || layerCount < 0) {
    throw new RangeError(`layerCount: expected a whole number, got ${String(layerCount)}`);
  }
  return Math.round(fraction * layerCount);
}
