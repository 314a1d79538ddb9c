import { unitName } from '../unitName.ts';
import { columnFinder, type NamedRows } from './tableColumns.ts';
import type { CsvOptions } from './tableOptions.ts';

/**
 * Returns a function that replaces texts in the cells of a row.
 *
 * @throws DataError for a column that does not exist
 */
export function replacer(
  table: Pick<NamedRows, 'names'>,
  file: string,
  replace: CsvOptions['replace'] = {},
): (cells: readonly string[]) => readonly string[] {
  const columnOf = columnFinder(table, file);
  const replacements = Object.entries(replace).map(([name, texts]) => ({
    column: columnOf(name, 'replace'),
    texts: new Map(Object.entries(texts).map(([text, other]) => [unitName(text), other])),
  }));
  if (replacements.length === 0) return (cells) => cells;
  return (cells) => {
    const replaced = [...cells];
    for (const { column, texts } of replacements) {
      replaced[column] = texts.get(unitName(cells[column]!)) ?? cells[column]!;
    }
    return replaced;
  };
}
