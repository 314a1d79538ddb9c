import { unitName } from '../unitName.ts';
import { columnFinder, type NamedRows } from './tableColumns.ts';
import type { CsvOptions } from './tableOptions.ts';

/**
 * The table with the texts of some cells in place of others.
 *
 * @throws DataError for no such column
 */
export function withReplacements(
  table: NamedRows,
  file: string,
  replace: CsvOptions['replace'] = {},
): NamedRows {
  const columnOf = columnFinder(table, file);
  const replacements = Object.entries(replace).map(([name, texts]) => ({
    column: columnOf(name, 'replace'),
    texts: new Map(Object.entries(texts).map(([text, other]) => [unitName(text), other])),
  }));
  if (replacements.length === 0) return table;
  const rows = table.rows.map((cells) => {
    const replaced = [...cells];
    for (const { column, texts } of replacements) {
      replaced[column] = texts.get(unitName(cells[column]!)) ?? cells[column]!;
    }
    return replaced;
  });
  return { ...table, rows };
}
