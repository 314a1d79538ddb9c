import { DataError } from '../formats/dataError.ts';
import { remedies, targetRemedies, type Problem } from './columnEncoder.ts';
import type { CsvOptions } from './tableOptions.ts';

const order = Object.keys(remedies);

interface ColumnProblem {
  readonly problem: Problem;
  readonly row: number;
}

/** Collects one problem per column, so that one error reports all of them. */
export class ProblemList {
  readonly #ofColumn = new Map<number, ColumnProblem>();
  /** The first error in a cell of the class or the weight. */
  #other: DataError | undefined;

  add(column: number, problem: Problem, row: number): void {
    const before = this.#ofColumn.get(column);
    // A column of words that begins with a missing cell must be reported as a column of words.
    if (before && order.indexOf(before.problem) >= order.indexOf(problem)) return;
    this.#ofColumn.set(column, { problem, row });
  }

  /** Reads a cell and keeps the first error. */
  reading(read: () => void): void {
    if (this.#other) return;
    try {
      read();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#other = error;
    }
  }

  /**
   * @param names names of all columns
   * @param targets columns of numeric targets
   * @throws DataError that names one cell of each wrong column, if any
   */
  refuse(
    file: string,
    names: readonly string[],
    targets: ReadonlyMap<number, unknown>,
    categories: CsvOptions['categories'] = {},
  ): void {
    const [first, ...others] = [...this.#ofColumn].sort(([a], [b]) => a - b);
    if (!first) {
      if (this.#other) throw this.#other;
      return;
    }
    const [column, { problem, row }] = first;
    const known = Object.entries(categories).find(([name]) => name.trim() === names[column]);
    const shown = known?.[1].slice(0, 20).join(', ') ?? '';
    const remedyOf = (targets.has(column) ? targetRemedies : remedies)[problem];
    // Without the value, which is private.
    const also = others
      .slice(0, 10)
      .map(([other, { problem, row }]) => `${names[other]!} (row ${row}: ${problem})`);
    throw new DataError(
      `${file}, row ${row}, column ${names[column]!}: ${remedyOf(names[column]!, shown)}` +
        (also.length === 0 ? '' : `; other columns with errors: ${also.join(', ')}`),
    );
  }
}
