import { decimalNumber, isDate, nameFinder } from './cells.ts';
import type { MissingRule } from './tableOptions.ts';

/** What is wrong with a cell. A later problem in this list takes precedence in messages. */
export type Problem = 'missing' | 'too great' | 'unknown' | 'decimal comma' | 'date' | 'no number';

/** Converts the cells of one column to inputs. */
export interface ColumnEncoder {
  /** Names of the inputs, such as `ward=A`. */
  readonly inputs: readonly string[];
  /** Writes the inputs of a cell, which must be 0 before; returns the problem, if any. */
  write(cell: string, values: Float32Array, offset: number): Problem | undefined;
}

export interface ColumnRules {
  readonly name: string;
  readonly isMissing: (cell: string) => boolean;
  readonly missing: MissingRule;
}

/**
 * Encodes a category one-hot; with the rule `indicator`, a missing cell is all 0 and sets an
 * indicator.
 */
export function categoryEncoder(
  categories: readonly string[],
  { name, isMissing, missing }: ColumnRules,
): ColumnEncoder {
  const find = nameFinder(categories);
  const other = categories.indexOf('*');
  const indicated = missing === 'indicator' ? categories.length : -1;
  // A rule may name a category; the caller has checked that it exists.
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

/**
 * Encodes a number as (value − mean) / deviation; with `indicator`, a missing cell is 0 and sets an
 * indicator.
 */
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

/** How to correct a cell. */
export const remedies: Readonly<Record<Problem, (name: string, known: string) => string>> = {
  missing: (name) =>
    'the cell is missing; give a rule for missing cells: missing ' +
    `(--missing '${name}=indicator', or a substitute), or leave the column out: drop (--drop)`,
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
    '(--categories), or, if it names the person, privacyUnit (--privacy-unit), or leave it out: drop ' +
    '(--drop); write 0x10 as 16',
};

/** How to correct a cell of a column of numeric targets. */
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
