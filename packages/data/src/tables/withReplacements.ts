import { unitName } from '../unitName.ts';
import { columnFinder, type NamedRows } from './tableColumns.ts';
import type { CsvOptions } from './tableOptions.ts';

/**
 * Puts the texts of some cells of a row in place of others.
 *
 * @throws DataError for no such column
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
