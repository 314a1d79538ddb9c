import {
  formatNames,
  formatValues,
  isBlockFormat,
  numberFormat,
  type NumberFormat,
} from '@dpquant/quantization';

/** Formats of single numbers that are few enough to be shown one by one. */
export const shownFormats: readonly string[] = formatNames().filter((name) => {
  const format = numberFormat(name);
  return !isBlockFormat(format) && format.bits <= 8;
});

export interface ShownValue {
  /** In binary, with all bits. */
  readonly code: string;
  readonly value: number;
}

/** All finite values of a format with their codes, in ascending order. */
export function valuesOf(name: string): ShownValue[] {
  const format = elementOf(name);
  return formatValues(format)
    .filter(({ value }) => Number.isFinite(value))
    .map(({ code, value }) => ({ code: code.toString(2).padStart(format.bits, '0'), value }));
}

function elementOf(name: string): NumberFormat {
  const format = numberFormat(name);
  return isBlockFormat(format) ? format.element : format;
}

/** What becomes of a number: rounded to nearest, and stochastically, as often as each occurs. */
export interface Rounded {
  readonly nearest: number;
  /** By value, in `draws` draws. */
  readonly stochastic: readonly { readonly value: number; readonly count: number }[];
  readonly mean: number;
}

/**
 * Rounds a number in a format.
 *
 * @param random 32 random bits a call
 */
export function roundedIn(name: string, x: number, draws: number, random: () => number): Rounded {
  const format = elementOf(name);
  const counts = new Map<number, number>();
  let sum = 0;
  for (let i = 0; i < draws; i++) {
    const value = format.decode(format.encode(x, { rounding: 'stochastic', word: random() }));
    counts.set(value, (counts.get(value) ?? 0) + 1);
    sum += value;
  }
  const stochastic = [...counts].map(([value, count]) => ({ value, count }));
  return {
    nearest: format.decode(format.encode(x)),
    stochastic: stochastic.sort((a, b) => a.value - b.value),
    mean: sum / draws,
  };
}

/** Root of the mean squared error of normal numbers, scaled so that the greatest fits. */
export function gaussianError(name: string, samples: readonly number[]): number {
  const format = elementOf(name);
  const greatest = Math.max(...samples.map(Math.abs));
  const scale = format.unscaled === true ? 1 : greatest / format.max;
  const squares = samples.map((x) => {
    const rounded = format.decode(format.encode(x / scale)) * scale;
    return (rounded - x) ** 2;
  });
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / squares.length);
}
