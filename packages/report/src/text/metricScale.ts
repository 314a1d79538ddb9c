import { percentText, powerText, signed } from './numbers.ts';

/** How to format and draw the values of a metric. */
export interface MetricScale {
  /** Readable name: `accuracy`, `R²`, `F1 of label`. */
  readonly name: string;
  /** Label of an axis: the name with its unit. */
  readonly axis: string;
  /** Unit of differences; empty if it is that of the values. */
  readonly differenceUnit: string;
  /** Factor by which values are multiplied to be drawn. */
  readonly factor: number;
  /** Bounds of drawn values, and the least range of an axis. */
  readonly limits: readonly [low: number, high: number];
  readonly least: number;
  /** Formats a value with its unit: `91.05 %`, `0.8512`. */
  readonly text: (value: number) => string;
  /** Formats a value or a standard deviation without unit. */
  readonly amount: (value: number) => string;
  /** Formats a difference with its sign. */
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

/** Explanations of built-in metrics. */
const meanings: Readonly<Record<string, string>> = {
  balancedAccuracy: 'The mean of the recalls of all classes, each of which counts alike.',
  f1: 'The harmonic mean of precision and recall; 1 is best.',
  rocAuc: 'How well scores order the examples: 1 is best, 0.5 is by chance.',
  r2: 'The share of the variance that is explained: 1 is best, 0 is no better than the mean.',
  mae: 'The mean absolute error, in the unit of the targets: less is better.',
  rmse: 'The root of the mean squared error, in the unit of the targets: less is better.',
};

/** Explains a metric in one sentence; empty for users' metrics and obvious ones. */
export function metricMeaning(metric: string): string {
  const { own } = partsOf(metric);
  return Object.hasOwn(meanings, own) ? meanings[own]! : '';
}

/** Capitalizes the first letter, for titles. */
export function capitalized(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/**
 * Accuracies are shown in percent with two decimals; other metrics with four digits of the largest
 * value, or two of the largest difference, so that they line up.
 *
 * @param metric its name in the records: `r2`, or with several outputs `label.f1`
 * @param values all values that are shown together
 * @param differences differences between them, if shown
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

/** With several outputs, the name of the output, which may contain dots, comes first. */
function partsOf(metric: string): { readonly output?: string; readonly own: string } {
  const at = metric.lastIndexOf('.');
  return at > 0 ? { output: metric.slice(0, at), own: metric.slice(at + 1) } : { own: metric };
}

function greatest(values: readonly number[]): number {
  return values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

/** Number of decimals that show `digits` digits of the greatest value. */
function decimalsFor(most: number, digits: number): number {
  if (most === 0) return 0;
  return Math.min(8, Math.max(0, digits - 1 - Math.floor(Math.log10(most))));
}
