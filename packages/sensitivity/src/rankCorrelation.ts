/**
 * Spearman's rank correlation of two lists of equal length: 1 for the same order, −1 for the
 * opposite order, near 0 for unrelated lists. Equal values share their mean rank. NaN for fewer
 * than two values, or if all values of a list are equal.
 */
export function rankCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) {
    throw new RangeError(
      `rankCorrelation: expected equal lengths, got ${x.length} and ${y.length}`,
    );
  }
  const [a, b] = [centredRanks(x), centredRanks(y)];
  const dot = (u: number[], v: number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Ranks minus their mean. */
function centredRanks(values: ArrayLike<number>): number[] {
  const list = Array.from(values);
  const rankOf = (value: number) => {
    const below = list.filter((other) => other < value).length;
    const equal = list.filter((other) => other === value).length;
    return below + (equal - 1) / 2;
  };
  return list.map((value) => rankOf(value) - (list.length - 1) / 2);
}
