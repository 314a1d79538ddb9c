import { DataError } from '../formats/dataError.ts';
import { remedies, targetRemedies, type Problem } from './columnEncoder.ts';
import type { CsvOptions } from './tableOptions.ts';

const order = Object.keys(remedies);

interface ColumnProblem {
  readonly problem: Problem;
  readonly row: number;
}

/** What is wrong with the cells of a table, a cell for each column: all of it is said at once. */
export class ProblemList {
  readonly #ofColumn = new Map<number, ColumnProblem>();
  /** What a cell of the class or the weight is refused for: the first one. */
  #other: DataError | undefined;

  add(column: number, problem: Problem, row: number): void {
    const before = this.#ofColumn.get(column);
    // A column of words that begins with a missing one is a column of words.
    if (before && order.indexOf(before.problem) >= order.indexOf(problem)) return;
    this.#ofColumn.set(column, { problem, row });
  }

  /** Reads a cell; of one that is refused the error is kept, if it is the first. */
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
   * @param names of all columns
   * @param targets columns of targets that are numbers
   * @throws DataError that names a cell of each wrong column, if there is any
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
        (also.length === 0 ? '' : `; other columns to see to: ${also.join(', ')}`),
    );
  }
}
