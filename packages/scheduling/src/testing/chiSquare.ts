/**
 * Pearson's statistic of how often each outcome came, against its probability; outcomes that have
 * none count as an infinite deviation.
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
 * What a chi-square statistic exceeds once in a million, by degrees of freedom. The limit holds for
 * many draws: let every outcome be expected at least twenty times.
 */
export const onceInAMillion = { 9: 44.81, 14: 54.64, 23: 70.55 } as const;
