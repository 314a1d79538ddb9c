import type { ScheduledLayer } from './policy.ts';

/** Of one example's forward pass through all layers. Throws RangeError for a layer's negative or infinite number. */
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
