/**
 * Exponential smoothing of released impacts, L ← (1 − α)·L + α·R; the first impacts are unchanged.
 * Post-processing: no privacy cost.
 *
 * @param previous smoothed impacts so far, by candidate; null before the first analysis
 * @param weight α in (0, 1]
 */
export function smoothImpacts(
  previous: ReadonlyMap<string, number> | null,
  latest: ReadonlyMap<string, number>,
  weight: number,
): Map<string, number> {
  if (!(weight > 0 && weight <= 1)) {
    throw new RangeError(`smoothing: expected a weight in (0, 1], got ${weight}`);
  }
  return new Map(
    [...latest].map(([name, value]) => {
      const before = previous?.get(name);
      return [name, before === undefined ? value : (1 - weight) * before + weight * value];
    }),
  );
}
