import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { textFinder } from './cells.ts';
import { classReader } from './classReader.ts';
import { remedies, type ColumnEncoder, type Problem } from './columnEncoder.ts';
import { columnEncoders } from './columnEncoders.ts';
import { columnFinder, namedRows, type NamedRows } from './tableColumns.ts';
import { missingSigns, type CsvOptions } from './tableOptions.ts';
import { tableWarnings } from './tableWarnings.ts';
import { withReplacements } from './withReplacements.ts';

/**
 * A table of rows with a class each. Columns are numeric unless `categories` names them. Names of
 * columns, units, classes and categories are compared without white space around them.
 *
 * @param text all of the file
 * @param file its name, for messages
 * @throws DataError naming the row, counted from 0 without the header, and column of a value that
 *   is no finite number, no known category or missing; for a column that is not there, named twice
 *   or without a name, and rows of other lengths
 */
export function csvTable(text: string, file: string, options: CsvOptions = {}): Dataset {
  const { targets = 'class', classNames, privacyUnit = [], missingValues = missingSigns } = options;
  const table = withReplacements(namedRows(text, file, options), file, options.replace);
  const { names, rows } = table;
  const columnOf = columnFinder(table, file);
  const classColumn = columnOf(
    targets,
    'the class: targets (--targets); dpquant data --draft-sidecar begins a file of such answers beside the table',
  );
  const unitColumns = privacyUnit.map((name) => columnOf(name, 'privacyUnit (--privacy-unit)'));
  const isMissing = textFinder(missingValues);
  const encoders = columnEncoders(table, file, { ...options, classColumn, unitColumns, isMissing });
  const inputs = [...encoders.values()].flatMap((encoder) => encoder.inputs);
  const values = encodeRows(table, file, encoders, inputs.length, options.categories);
  const readClass = classReader({ file, column: names[classColumn]!, classNames, isMissing });
  const labels = rows.map((cells, row) => readClass(cells[classColumn]!, row));
  const units = unitColumns.map((column) => rows.map((cells) => cells[column]!));
  return {
    ...tableDataset({
      name: file,
      values,
      labels,
      inputShape: [inputs.length],
      classNames,
      warnings: tableWarnings(table, encoders, values, options),
      privacyUnits:
        units.length > 0
          ? {
              ...unitsByValue(units, rows.length, `${file}, column ${privacyUnit.join(', ')}`),
              name: privacyUnit.join(','),
            }
          : undefined,
    }),
    inputNames: inputs,
  };
}

/**
 * Inputs of all rows, one after another.
 *
 * @throws DataError that names a cell of each wrong column
 */
function encodeRows(
  { names, rows }: NamedRows,
  file: string,
  encoders: ReadonlyMap<number, ColumnEncoder>,
  width: number,
  categories: CsvOptions['categories'],
): Float32Array {
  const values = new Float32Array(rows.length * width);
  const wrong = new Map<number, { readonly problem: Problem; readonly row: number }>();
  const order = Object.keys(remedies);
  rows.forEach((cells, row) => {
    let offset = row * width;
    for (const [column, encoder] of encoders) {
      const problem = encoder.write(cells[column]!, values, offset);
      offset += encoder.inputs.length;
      if (problem === undefined) continue;
      const before = wrong.get(column);
      // A column of words that begins with a missing one is a column of words.
      if (before && order.indexOf(before.problem) >= order.indexOf(problem)) continue;
      wrong.set(column, { problem, row });
    }
  });
  const [first, ...others] = [...wrong].sort(([a], [b]) => a - b);
  if (!first) return values;
  const [column, { problem, row }] = first;
  const known = Object.entries(categories ?? {}).find(([name]) => name.trim() === names[column]);
  const shown = known?.[1].slice(0, 20).join(', ') ?? '';
  // Without the value, which is private.
  const also = others
    .slice(0, 10)
    .map(([other, { problem, row }]) => `${names[other]!} (row ${row}: ${problem})`);
  throw new DataError(
    `${file}, row ${row}, column ${names[column]!}: ${remedies[problem](names[column]!, shown)}` +
      (also.length === 0 ? '' : `; other columns to see to: ${also.join(', ')}`),
  );
}
