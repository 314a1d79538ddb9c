import { percentText, powerText, signed } from './numbers.ts';

/** How the values of a metric are written and drawn. */
export interface MetricScale {
  /** For people: `accuracy`, `R²`, `F1 of label`. */
  readonly name: string;
  /** Of an axis: the name with its unit. */
  readonly axis: string;
  /** Of differences; empty where they have the unit of the values. */
  readonly differenceUnit: string;
  /** What a value is multiplied by to be drawn. */
  readonly factor: number;
  /** Of drawn values: what cannot be passed, and how much an axis shows at least. */
  readonly limits: readonly [low: number, high: number];
  readonly least: number;
  /** A value with its unit: `91.05 %`, `0.8512`. */
  readonly text: (value: number) => string;
  /** A value, or a spread, without. */
  readonly amount: (value: number) => string;
  /** A difference with its sign. */
  readonly difference: (value: number) => string;
}

interface Known {
  readonly name: string;
  readonly isShare?: boolean;
  readonly limits: readonly [low: number, high: number];
}

/** The metrics of the built-in tasks. */
const known: Readonly<Record<string, Known>> = {
  accuracy: { name: 'accuracy', isShare: true, limits: [0, 1] },
  balancedAccuracy: { name: 'balanced accuracy', isShare: true, limits: [0, 1] },
  f1: { name: 'F1', limits: [0, 1] },
  rocAuc: { name: 'ROC AUC', limits: [0, 1] },
  r2: { name: 'R²', limits: [-Infinity, 1] },
  mae: { name: 'MAE', limits: [0, Infinity] },
  rmse: { name: 'RMSE', limits: [0, Infinity] },
};

/** What a built-in metric is, for who does not know it. */
const meanings: Readonly<Record<string, string>> = {
  balancedAccuracy: 'The mean of the recalls of all classes, each of which counts alike.',
  f1: 'The harmonic mean of precision and recall; 1 is best.',
  rocAuc: 'How well scores order the examples: 1 is best, 0.5 is by chance.',
  r2: 'The share of the variance that is explained: 1 is best, 0 is no better than the mean.',
  mae: 'The mean absolute error, in the unit of the targets: less is better.',
  rmse: 'The root of the mean squared error, in the unit of the targets: less is better.',
};

/** What a metric is, in a sentence; empty where it is the user’s own, or says itself. */
export function metricMeaning(metric: string): string {
  const { own } = partsOf(metric);
  return Object.hasOwn(meanings, own) ? meanings[own]! : '';
}

/** A name at the beginning of a title; abbreviations stay as they are. */
export function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/**
 * Accuracies are in percent with two decimals, others have four digits of the largest value, or two
 * of the largest difference, so that they line up.
 *
 * @param metric its name in the records: `r2`, or of several outputs `label.f1`
 * @param values all that are shown together
 * @param differences between them, where those are shown too
 */
export function metricScale(
  metric: string,
  values: readonly number[],
  differences: readonly number[] = [],
): MetricScale {
  const { output, own } = partsOf(metric);
  const found = Object.hasOwn(known, own) ? known[own]! : undefined;
  const base = found?.name ?? own;
  const name = output === undefined ? base : `${base} of ${output}`;
  const limits = found?.limits ?? [-Infinity, Infinity];
  if (found?.isShare) {
    return {
      name,
      axis: `${name} (%)`,
      differenceUnit: 'percentage points',
      factor: 100,
      limits: [100 * limits[0], 100 * limits[1]],
      least: 2,
      text: (value) => percentText(value),
      amount: (value) => (100 * value).toFixed(2),
      difference: (value) => signed(100 * value, 2),
    };
  }
  const most = greatest(values);
  const isHuge = most >= 1e7;
  const decimals = Math.max(decimalsFor(most, 4), decimalsFor(greatest(differences), 2));
  const amount = (value: number) => {
    if (isHuge && value !== 0) return value < 0 ? `−${powerText(-value)}` : powerText(value);
    return value < 0 ? signed(value, decimals) : value.toFixed(decimals);
  };
  return {
    ...{ name, axis: name, differenceUnit: '', factor: 1, limits },
    least: limits[1] === 1 ? 0.02 : 0.02 * most || 1,
    ...{ text: amount, amount },
    difference: (value) => (value > 0 ? `+${amount(value)}` : amount(value)),
  };
}

/** The task of several outputs puts the name of the output first, which may have dots. */
function partsOf(metric: string): { readonly output?: string; readonly own: string } {
  const at = metric.lastIndexOf('.');
  return at > 0 ? { output: metric.slice(0, at), own: metric.slice(at + 1) } : { own: metric };
}

function greatest(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

/** Decimals of the greatest amount in so many digits. */
function decimalsFor(most: number, digits: number): number {
  if (most === 0) return 0;
  return Math.min(8, Math.max(0, digits - 1 - Math.floor(Math.log10(most))));
}
