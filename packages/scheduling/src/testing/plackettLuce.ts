/**
 * Probability of every order in which all items can be drawn without replacement with the given
 * weights, by enumeration: Π over the draws of weight / sum of the remaining weights. An order is
 * the names joined without separator.
 */
export function orderProbabilities(weights: ReadonlyMap<string, number>): Map<string, number> {
  if (weights.size === 0) return new Map([['', 1]]);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const orders = new Map<string, number>();
  for (const [first, weight] of weights) {
    const left = new Map([...weights].filter(([name]) => name !== first));
    for (const [rest, probability] of orderProbabilities(left)) {
      orders.set(first + rest, (weight / total) * probability);
    }
  }
  return orders;
}

/** Probability of every set of the first `count` items; names in alphabetical order. */
export function subsetProbabilities(
  weights: ReadonlyMap<string, number>,
  count: number,
): Map<string, number> {
  const subsets = new Map<string, number>();
  for (const [order, probability] of orderProbabilities(weights)) {
    const subset = [...order].slice(0, count).sort().join('');
    subsets.set(subset, (subsets.get(subset) ?? 0) + probability);
  }
  return subsets;
}
