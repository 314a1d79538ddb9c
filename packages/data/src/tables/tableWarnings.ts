import { unitName } from '../unitName.ts';
import { decimalNumber } from './cells.ts';
import type { ColumnEncoder } from './columnEncoder.ts';
import { namesRows, type NamedRows } from './tableColumns.ts';
import { someOf } from './someOf.ts';
import type { CsvOptions } from './tableOptions.ts';

/** Inputs beyond this are hardly standardized. */
const greatInput = 20;
/** Fewer rows than this may follow one another by chance. */
const fewRows = 5;

/**
 * What is allowed in a table and hardly meant, for its owner's eyes: columns that name or count the
 * rows, great inputs, and public answers that were taken from the rows.
 */
export function tableWarnings(
  { names, rows }: NamedRows,
  encoders: ReadonlyMap<number, ColumnEncoder>,
  values: Float32Array,
  { fromValues = [], standardization = {}, categories = {} }: CsvOptions,
): string[] {
  const warnings: string[] = [];
  const meant = new Set(
    [...Object.keys(standardization), ...Object.keys(categories)].map(unitName),
  );
  const numeric = [...encoders.keys()].filter((column) => !meant.has(names[column]!));
  const counting = numeric.filter(
    (column) => namesRows(names[column]!) || countsRows(rows, column),
  );
  for (const column of counting) {
    warnings.push(
      `the column ${names[column]!} seems to name or count the rows, which is no input: leave it out: drop (--drop), ` +
        'or make it the privacy unit',
    );
  }
  const great = greatColumns(encoders, values)
    .filter((column) => !counting.includes(column))
    .map((column) => names[column]!);
  if (great.length > 0) {
    warnings.push(
      `${someOf(great)}: inputs beyond ±${greatInput}, which networks ` +
        'learn badly from; give means and deviations that are public: standardization (--standardization)',
    );
  }
  if (fromValues.length > 0) {
    warnings.push(
      `outside the privacy guarantee: what is said of ${someOf(fromValues)} was taken from the rows; put public ` +
        'knowledge in its place and remove fromValues',
    );
  }
  return warnings;
}

/** Whether the cells of a column are whole numbers, each one more than the one before. */
function countsRows(rows: NamedRows['rows'], column: number): boolean {
  const start = decimalNumber(rows[0]![column]!);
  return (
    rows.length >= fewRows &&
    Number.isInteger(start) &&
    rows.every((cells, row) => decimalNumber(cells[column]!) === start + row)
  );
}

/** Columns with an input beyond ±`greatInput`. */
function greatColumns(
  encoders: ReadonlyMap<number, ColumnEncoder>,
  values: Float32Array,
): number[] {
  const columns = [...encoders].flatMap(([column, { inputs }]) => inputs.map(() => column));
  const great = new Set<number>();
  values.forEach((value, i) => {
    if (Math.abs(value) > greatInput) great.add(columns[i % columns.length]!);
  });
  return [...great];
}
