import { unitName } from '../unitName.ts';
import { decimalNumber } from './cells.ts';
import type { ColumnEncoder } from './columnEncoder.ts';
import { namesRows, type NamedRows } from './tableColumns.ts';
import { someOf } from './someOf.ts';
import type { CsvOptions } from './tableOptions.ts';

/** Inputs beyond this are hardly standardized, and targets beyond it hardly scaled. */
const greatNumber = 20;
/** Fewer rows than this may follow one another by chance. */
const fewRows = 5;

/**
 * Looks at rows as they are read for what is allowed in a table and hardly meant, for its owner's
 * eyes: columns that name or count the rows, great numbers, and public answers that were taken from
 * the rows.
 */
export class TableWarnings {
  readonly #names: readonly string[];
  readonly #options: CsvOptions;
  /** Columns of inputs of which nothing else is said, with the number in their first row. */
  readonly #numeric: readonly number[];
  /** Those of them that may count the rows, with the number in the first row. */
  readonly #counting = new Map<number, number>();
  /** The column of each input. */
  readonly #columns: readonly number[];
  readonly #great = new Set<number>();
  #rows = 0;

  constructor(
    { names }: Pick<NamedRows, 'names'>,
    encoders: ReadonlyMap<number, ColumnEncoder>,
    options: CsvOptions,
  ) {
    const { standardization = {}, categories = {} } = options;
    const meant = new Set(
      [...Object.keys(standardization), ...Object.keys(categories)].map(unitName),
    );
    this.#names = names;
    this.#options = options;
    this.#numeric = [...encoders.keys()].filter((column) => !meant.has(names[column]!));
    this.#columns = [...encoders].flatMap(([column, { inputs }]) => inputs.map(() => column));
  }

  /** Looks at a row, and at the inputs that were made of it, from `offset` on. */
  see(cells: readonly string[], values: Float32Array, offset: number): void {
    const row = this.#rows++;
    if (row === 0) {
      for (const column of this.#numeric) {
        const start = decimalNumber(cells[column]!);
        if (Number.isInteger(start)) this.#counting.set(column, start);
      }
    }
    for (const [column, start] of this.#counting) {
      if (decimalNumber(cells[column]!) !== start + row) this.#counting.delete(column);
    }
    for (let i = 0; i < this.#columns.length; i++) {
      const value = values[offset + i]!;
      if (value > greatNumber || value < -greatNumber) this.#great.add(this.#columns[i]!);
    }
  }

  /** What is to be said, a sentence each. */
  sentences(): string[] {
    const { fromValues = [] } = this.#options;
    const names = this.#names;
    const warnings: string[] = [];
    const counting = this.#numeric.filter(
      (column) =>
        namesRows(names[column]!) || (this.#rows >= fewRows && this.#counting.has(column)),
    );
    for (const column of counting) {
      warnings.push(
        `the column ${names[column]!} seems to name or count the rows, which is no input: leave it out: drop (--drop), ` +
          'or make it the privacy unit',
      );
    }
    const great = [...this.#great]
      .filter((column) => !counting.includes(column))
      .sort((a, b) => a - b)
      .map((column) => names[column]!);
    if (great.length > 0) {
      warnings.push(
        `${someOf(great)}: inputs beyond ±${greatNumber}, which networks ` +
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
}

/** Looks at targets that are numbers for great ones, of which clipping leaves little. */
export class TargetWarnings {
  readonly #names: readonly string[];
  readonly #great = new Set<number>();

  /** @param names of the targets, in their order */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  see(values: Float32Array, offset: number): void {
    for (let i = 0; i < this.#names.length; i++) {
      const value = values[offset + i]!;
      if (value > greatNumber || value < -greatNumber) this.#great.add(i);
    }
  }

  sentences(): string[] {
    const great = this.#names.filter((_, i) => this.#great.has(i));
    if (great.length === 0) return [];
    return [
      `${someOf(great)}: targets beyond ±${greatNumber}, of whose gradients clipping leaves the direction alone, so that a ` +
        'model learns slowly; give a mean and a deviation that are public: standardization (--standardization)',
    ];
  }
}
