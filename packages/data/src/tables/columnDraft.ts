import { unitName } from '../unitName.ts';
import { decimalNumber, isDate } from './cells.ts';

/** What the values of a column show; all of it is private. */
export interface ColumnDraft {
  /** Distinct values, in order; undefined if there are many. */
  readonly values?: readonly string[];
  /** The same for a column of words. */
  readonly categories?: readonly string[];
  /** Mean and deviation of a column of numbers, to two digits. */
  readonly scale?: { readonly mean: number; readonly deviation: number };
  readonly hasDecimalComma?: boolean;
  /** Column of numbers: whether some are not whole, or there are too many for classes. */
  readonly isMeasured?: boolean;
  readonly hasMissing: boolean;
  /** Why the column should not be an input, if so. */
  readonly leaveOut?: string;
}

/** A column of words with more distinct values is not taken for categories. */
const greatestVocabulary = 50;

/** Examines the values of a column. */
export function columnDraft(
  cells: readonly string[],
  isMissing: (cell: string) => boolean,
): ColumnDraft {
  const present = cells.filter((cell) => !isMissing(cell));
  const hasMissing = present.length < cells.length;
  const different = [...new Set(present.map(unitName))];
  const isShort = different.length <= greatestVocabulary;
  const values = isShort ? different.sort(inOrder) : undefined;
  const found = { hasMissing, ...(values && { values }) };
  for (const hasDecimalComma of [false, true]) {
    const numbers = present.map((cell) => decimalNumber(cell, hasDecimalComma));
    if (!numbers.every(Number.isFinite)) continue;
    const counts = numbers.length > 4 && numbers.every((value, i) => value === numbers[0]! + i);
    if (counts) return { ...found, leaveOut: 'numbers that count the rows' };
    const isMeasured = !isShort || !numbers.every(Number.isInteger);
    return { ...found, hasDecimalComma, isMeasured, scale: scaleOf(numbers) };
  }
  if (present.some(isDate)) return { ...found, leaveOut: 'dates or times' };
  if (values) return { ...found, categories: values };
  return { ...found, leaveOut: `more than ${greatestVocabulary} different texts` };
}

function scaleOf(numbers: readonly number[]): { mean: number; deviation: number } {
  const count = Math.max(numbers.length, 1);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / count;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const twoDigits = (value: number) => Number(value.toPrecision(2));
  return { mean: twoDigits(mean), deviation: twoDigits(Math.sqrt(variance)) || 1 };
}

/** Orders numbers by size, before other texts. */
function inOrder(one: string, other: string): number {
  const [a, b] = [decimalNumber(one), decimalNumber(other)];
  if (Number.isFinite(a) && Number.isFinite(b)) return a - b;
  if (Number.isFinite(a) !== Number.isFinite(b)) return Number.isFinite(a) ? -1 : 1;
  return one < other ? -1 : 1;
}
