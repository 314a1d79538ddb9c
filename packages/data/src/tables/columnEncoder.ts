import { decimalNumber, isDate, nameFinder } from './cells.ts';
import type { MissingRule } from './tableOptions.ts';

/** What is wrong with a cell. Later ones of this list are said before earlier ones. */
export type Problem = 'missing' | 'too great' | 'unknown' | 'decimal comma' | 'date' | 'no number';

/** Makes inputs of the cells of one column. */
export interface ColumnEncoder {
  /** Names of the inputs, as `ward=A`. */
  readonly inputs: readonly string[];
  /**
   * Writes the inputs of a cell, which are 0 before; returns what is wrong with it, if anything.
   */
  write(cell: string, values: Float32Array, offset: number): Problem | undefined;
}

export interface ColumnRules {
  readonly name: string;
  readonly isMissing: (cell: string) => boolean;
  readonly missing: MissingRule;
}

/** A category as so many inputs of which one is 1; all are 0 where a missing one is indicated. */
export function categoryEncoder(
  categories: readonly string[],
  { name, isMissing, missing }: ColumnRules,
): ColumnEncoder {
  const find = nameFinder(categories);
  const other = categories.indexOf('*');
  const indicated = missing === 'indicator' ? categories.length : -1;
  // A category of the text that a rule names, else a wrong one, is what the caller has checked.
  const substitute = typeof missing === 'number' ? find(String(missing)) : find(missing);
  const inputs = categories.map((category) => `${name}=${category}`);
  return {
    inputs: indicated === -1 ? inputs : [...inputs, `${name} missing`],
    write(cell, values, offset) {
      let index = find(cell);
      if (index === -1 && isMissing(cell)) {
        if (missing === 'refuse') return 'missing';
        index = indicated === -1 ? substitute : indicated;
      }
      if (index === -1) index = other;
      if (index === -1) return 'unknown';
      values[offset + index] = 1;
      return undefined;
    },
  };
}

/** A number as (value − mean) / deviation; 0, and 1 beside it, where a missing one is indicated. */
export function numberEncoder(
  { mean, deviation }: { readonly mean: number; readonly deviation: number },
  { name, isMissing, missing }: ColumnRules,
  decimalComma: boolean | undefined,
): ColumnEncoder {
  return {
    inputs: missing === 'indicator' ? [name, `${name} missing`] : [name],
    write(cell, values, offset) {
      let value: number;
      if (isMissing(cell)) {
        if (missing === 'refuse') return 'missing';
        if (missing === 'indicator') {
          values[offset + 1] = 1;
          return undefined;
        }
        value = Number(missing);
      } else {
        value = decimalNumber(cell, decimalComma);
      }
      if (!Number.isFinite(value)) return problemOf(cell, decimalComma);
      values[offset] = (value - mean) / deviation;
      return Number.isFinite(values[offset]) ? undefined : 'too great';
    },
  };
}

function problemOf(cell: string, decimalComma: boolean | undefined): Problem {
  if (isDate(cell)) return 'date';
  const otherwise = decimalNumber(cell, !decimalComma);
  return Number.isFinite(otherwise) ? 'decimal comma' : 'no number';
}

/** What to do about a cell of a column. */
export const remedies: Readonly<Record<Problem, (name: string, known: string) => string>> = {
  missing: (name) =>
    'the cell is missing; say what becomes of such cells: missing ' +
    `(--missing '${name}=indicator', or a value in their place), or leave the column out: drop (--drop)`,
  'too great': () => 'expected a number within float32, below 3.4e38; divide the column',
  unknown: (_, known) =>
    `expected one of ${known}; add other values of the column to categories (--categories), or * for all others`,
  'decimal comma': () =>
    'expected a finite number with a decimal point; in a table with decimal commas, and in no other, give ' +
    'decimalComma: true (--decimal-comma)',
  date: () =>
    'expected a finite number, got a date or a time; write it as a number, as days since a day that is public, ' +
    'or leave the column out: drop (--drop)',
  'no number': () =>
    'expected a finite number, with a decimal point; for a column of other values name these: categories ' +
    '(--categories), or, if it says whose row it is, privacyUnit (--privacy-unit), or leave it out: drop ' +
    '(--drop); write 0x10 as 16',
};

/** What to do about a cell of a column of targets that are numbers. */
export const targetRemedies: typeof remedies = {
  ...remedies,
  missing: (name) =>
    'the target is missing: leave such rows out, which depends on each of them alone, or say what number stands for ' +
    `such cells: missing (--missing '${name}=0')`,
  unknown: () => 'expected a number',
  'no number': () =>
    'expected a finite number as the target, with a decimal point; classes are for --task classification or binary; ' +
    'write labels as 0 and 1, or as false and true: replace, in the file beside the table',
};
