/**
 * Pearson's statistic of the frequencies of outcomes against their probabilities; infinite if an
 * outcome of probability 0 occurs.
 */
export function chiSquare(
  outcomes: readonly string[],
  probabilities: ReadonlyMap<string, number>,
): number {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  if ([...counts.keys()].some((outcome) => !probabilities.has(outcome))) return Infinity;
  let statistic = 0;
  for (const [outcome, probability] of probabilities) {
    const expected = probability * outcomes.length;
    statistic += ((counts.get(outcome) ?? 0) - expected) ** 2 / expected;
  }
  return statistic;
}

/**
 * Values that a chi-square statistic exceeds with a probability of 10⁻⁶, by degrees of freedom.
 * They hold for many draws: every outcome should be expected at least twenty times.
 */
export const onceInAMillion = { 9: 44.81, 14: 54.64, 23: 70.55 } as const;
