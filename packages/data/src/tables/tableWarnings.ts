import { unitName } from '../unitName.ts';
import { decimalNumber } from './cells.ts';
import type { ColumnEncoder } from './columnEncoder.ts';
import { namesOrCountsRows, type NamedRows } from './tableColumns.ts';
import { someOf } from './someOf.ts';
import type { CsvOptions } from './tableOptions.ts';

/** Greater inputs are probably not standardized, greater targets not scaled. */
const greatNumber = 20;
/** In fewer rows, numbers may be consecutive by chance. */
const fewRows = 5;

/**
 * Examines rows as they are read for what is allowed but probably a mistake: columns that name or
 * number the rows, large values, and facts that were taken from the rows. The warnings are for the
 * owner only.
 */
export class TableWarnings {
  readonly #names: readonly string[];
  readonly #options: CsvOptions;
  /** Numeric input columns without any rule. */
  readonly #numeric: readonly number[];
  /** Columns that may number the rows, with the number in the first row. */
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

  /** Examines a row and its encoded inputs, which begin at `offset`. */
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

  /** The warnings, one sentence each. */
  sentences(): string[] {
    const { fromValues = [] } = this.#options;
    const names = this.#names;
    const warnings: string[] = [];
    const counting = this.#numeric.filter(
      (column) =>
        namesOrCountsRows(names[column]!) || (this.#rows >= fewRows && this.#counting.has(column)),
    );
    for (const column of counting) {
      warnings.push(
        `the column ${names[column]!} seems to name or number the rows, and is not a useful input: leave it out, drop (--drop), ` +
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
        `outside the privacy guarantee: what is said of ${someOf(fromValues)} was taken from the rows; replace it by public ` +
          'knowledge, and remove fromValues',
      );
    }
    return warnings;
  }
}

/** Examines numeric targets for large values, whose gradients lose their size when clipped. */
export class TargetWarnings {
  readonly #names: readonly string[];
  readonly #great = new Set<number>();

  /** @param names names of the targets, in their order */
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
      `${someOf(great)}: targets beyond ±${greatNumber}; clipping keeps only the direction of their gradients, so that a ` +
        'model learns slowly; give a mean and a deviation that are public: standardization (--standardization)',
    ];
  }
}
