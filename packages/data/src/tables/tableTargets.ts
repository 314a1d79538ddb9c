import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { GrowingRows } from '../growingRows.ts';
import { numbersDataset } from '../numbersDataset.ts';
import type { PrivacyUnits } from '../privacyUnits.ts';
import type { RowStore } from '../rowStore.ts';
import { storeDataset } from '../tableDataset.ts';
import { unitName } from '../unitName.ts';
import { classReader } from './classReader.ts';
import type { ColumnEncoder } from './columnEncoder.ts';
import type { ProblemList } from './problemList.ts';
import { columnNames } from './sidecar.ts';
import { columnFinder, type NamedRows } from './tableColumns.ts';
import type { CsvOptions } from './tableOptions.ts';
import { TargetWarnings } from './tableWarnings.ts';

/** The kind of a row's target: a class, or numbers. */
export type TargetKind = 'class' | 'numbers';

/** Reads the targets of rows, one after another. */
export interface TargetReader {
  read(cells: readonly string[], row: number, problems: ProblemList): void;
  dataset(file: string, parts: TableParts): Dataset;
}

/** The rest of a data set. */
interface TableParts {
  readonly rows: RowStore;
  readonly warnings: readonly string[];
  readonly privacyUnits: PrivacyUnits | undefined;
}

/**
 * Columns of the targets.
 *
 * @throws DataError for a column that does not exist, or several columns of a class
 */
export function targetColumnsOf(
  table: Pick<NamedRows, 'names'>,
  file: string,
  kind: TargetKind,
  given: CsvOptions['targets'],
): number[] {
  const columnOf = columnFinder(table, file);
  const draft = 'dpquant data --draft-sidecar begins a file of such answers beside the table';
  if (kind === 'numbers') {
    const names = targetNames(table.names, given ?? 'target');
    const columns = names.map((name) =>
      columnOf(name, `the targets: targets (--targets); ${draft}`),
    );
    if (new Set(columns).size === columns.length) return columns;
    throw new DataError(`${file}: expected each target once, got ${names.join(', ')}`);
  }
  const named = targetNames(table.names, given ?? 'class');
  // An unknown name that contains a comma is shown unchanged.
  const areColumns = named.every((name) => table.names.includes(unitName(name)));
  const several = typeof given !== 'string' || areColumns ? named : [given];
  if (several.length > 1) {
    throw new DataError(
      `${file}: expected one column of the class, got ${several.length} as targets (--targets): several columns are ` +
        'labels or numbers, for --task multilabel or regression; write a class that has a column of 0 and 1 for each ' +
        'value in one column',
    );
  }
  return [columnOf(several[0]!, `the class: targets (--targets); ${draft}`)];
}

/** Names of several columns, separated by commas unless the whole text is a column's name. */
export function targetNames(
  names: readonly string[],
  given: string | readonly string[],
): readonly string[] {
  if (typeof given !== 'string') return given;
  return names.includes(unitName(given)) ? [given] : columnNames(given);
}

/** Reads the class index of each row. */
export function classTargets(
  file: string,
  column: number,
  name: string,
  { classNames }: CsvOptions,
  isMissing: (cell: string) => boolean,
): TargetReader {
  const labels: number[] = [];
  const readClass = classReader({ file, column: name, classNames, isMissing });
  return {
    read(cells, row, problems) {
      problems.reading(() => labels.push(readClass(cells[column]!, row)));
    },
    dataset: (_, parts) => storeDataset({ ...parts, name: file, labels, classNames }),
  };
}

/** Reads one or more numbers of each row. */
export function numberTargets(
  names: readonly string[],
  encoders: ReadonlyMap<number, ColumnEncoder>,
): TargetReader {
  const columns = [...encoders];
  const targets = new GrowingRows(columns.length, columns.length === 1 ? [] : [columns.length]);
  const targetNames = columns.map(([column]) => names[column]!);
  const watch = new TargetWarnings(targetNames);
  return {
    read(cells, row, problems) {
      const { values, offset } = targets.add();
      columns.forEach(([column, encoder], i) => {
        const problem = encoder.write(cells[column]!, values, offset + i);
        if (problem !== undefined) problems.add(column, problem, row);
      });
      watch.see(values, offset);
    },
    dataset: (file, { warnings, ...parts }) =>
      numbersDataset({
        ...parts,
        ...{ name: file, targets, classNames: targetNames },
        warnings: [...warnings, ...watch.sentences()],
      }),
  };
}
