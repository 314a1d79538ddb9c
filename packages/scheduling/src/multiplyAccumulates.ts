import type { ScheduledLayer } from './policy.ts';

/**
 * Multiply-accumulates of one example's forward pass through all layers.
 *
 * @throws RangeError for a layer with a negative or infinite number
 */
export function totalMultiplyAccumulates(layers: readonly ScheduledLayer[]): number {
  let total = 0;
  for (const { name, multiplyAccumulates } of layers) {
    if (!(multiplyAccumulates >= 0 && multiplyAccumulates < Infinity)) {
      throw new RangeError(
        `layer '${name}': expected multiplyAccumulates of at least 0, got ${String(multiplyAccumulates)}`,
      );
    }
    total += multiplyAccumulates;
  }
  return total;
}
