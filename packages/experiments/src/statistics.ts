import type { PairedDifference, Spread } from '@dpquant/report';
import { studentT } from './studentT.ts';

/** Mean, sample standard deviation and number of values; null for none. */
export function spreadOf(values: readonly number[]): Spread | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = meanOf(values);
  if (n === 1) return { mean, standardDeviation: null, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / (n - 1)), n };
}

/**
 * Mean of paired differences with Student's confidence interval, which is valid if the differences
 * are approximately normal. Null for no pair.
 */
export function pairedDifference(
  differences: readonly number[],
  confidence: number,
): PairedDifference | null {
  const spread = spreadOf(differences);
  if (!spread) return null;
  const { mean, standardDeviation, n } = spread;
  if (standardDeviation === null) return { mean, interval: null, n };
  const half = (studentT(confidence, n - 1) * standardDeviation) / Math.sqrt(n);
  return { mean, interval: [mean - half, mean + half], n };
}

/** Median of at least one value; of an even number, the mean of the middle two. */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
