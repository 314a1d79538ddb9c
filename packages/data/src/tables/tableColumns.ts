import { DataError } from '../formats/dataError.ts';
import { unitName } from '../unitName.ts';
import { decimalNumber } from './cells.ts';
import type { CsvOptions } from './tableOptions.ts';
import { commentRemedy, eachRow, type RowOptions, type VisitRow } from './tableRows.ts';

/** A table as rows of cells, without its header, and the names of its columns. */
export interface NamedRows {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What pandas calls the column of its row numbers when it reads a table that has it. */
export const unnamedColumn = /^(Unnamed: \d+)?$/;

/** Whether a name is one that columns have which count or name the rows, as id or PassengerId. */
export const namesRows = (name: string): boolean =>
  /^(id|index|idx|key|uuid|row|.+[ _-](id|no)|row[ _-]?(id|number|names?))$/i.test(name) ||
  /[a-z]I[Dd]$/.test(name);

/** What is done with the rows of a table as they are read, so that none needs to be kept. */
export interface RowVisitor {
  /** Gets the names of the columns, before the first row. */
  begin(names: readonly string[]): void;
  /** @param row its number, from 0 without the header */
  row(cells: readonly string[], row: number): void;
}

/** The visitor of rows of which the first may be the header. */
export interface HeadedRows {
  /** How the rows are to be told apart. */
  readonly form: RowOptions;
  readonly visit: VisitRow;
  /** Call it after the last row. */
  readonly end: () => void;
}

/**
 * The rows of a table and the names of its columns, from its first line or from `columns`.
 *
 * @param limit number of lines that are looked at; all by default
 * @throws DataError for a table without rows or with one column only, a column named twice, names
 *   for other columns than there are, and a first line with a number in it, which is hardly a
 *   header
 */
export function headedRows(
  file: string,
  options: CsvOptions,
  visitor: RowVisitor,
  limit?: number,
): HeadedRows {
  const { columns } = options;
  if (columns && options.header) {
    throw new DataError(
      `${file}: expected columns of a table without a header; leave header or columns out`,
    );
  }
  const header = options.header ?? columns === undefined;
  let lines = 0;
  return {
    form: { ...options, header, ...(limit !== undefined && { limit }) },
    visit(cells) {
      if (lines === 0) visitor.begin(namesIn(cells, file, { ...options, header }, options.header));
      if (!header || lines > 0) visitor.row(cells, header ? lines - 1 : lines);
      lines++;
    },
    end() {
      if (lines > 0 && !(header && lines === 1 && limit === undefined)) return;
      throw new DataError(`${file}: expected a ${header ? 'header and ' : ''}rows`);
    },
  };
}

/** Visits the rows of a table, all of its text given. @throws DataError as `headedRows` says */
export function eachNamedRow(
  text: string,
  file: string,
  options: CsvOptions,
  visitor: RowVisitor,
  limit?: number,
): void {
  const rows = headedRows(file, options, visitor, limit);
  eachRow(text, file, rows.form, rows.visit);
  rows.end();
}

/** A visitor that keeps all rows. */
export function keptRows(): RowVisitor & { readonly table: NamedRows } {
  let names: readonly string[] = [];
  const rows: (readonly string[])[] = [];
  return {
    begin(given) {
      names = given;
    },
    row(cells) {
      rows.push(cells);
    },
    get table() {
      return { names, rows };
    },
  };
}

/** Names of the columns of a table whose first row this is. */
function namesIn(
  first: readonly string[],
  file: string,
  { columns, header }: CsvOptions,
  given: boolean | undefined,
): readonly string[] {
  if (first.length === 1) {
    throw new DataError(
      `${file}: expected two columns or more, separated by commas, semicolons, tabs or |, got one; name ` +
        'the separator: delimiter (--delimiter space, for example)',
    );
  }
  if (!header) return namesOf(first.length, columns, file);
  const names = first.map(unitName);
  if (given === undefined && names.some(isNumber) && !isCounted(names)) {
    throw new DataError(
      `${file}: expected a header, got a first line with numbers; of a table without one give header: false ` +
        '(--no-header), or the names of its columns: columns (--columns age,ward,class); if it is the header: ' +
        '"header": true in the file beside the table' +
        (first[0]!.startsWith('#') ? `; ${commentRemedy}` : ''),
    );
  }
  return withoutRepetition(names, file);
}

/**
 * The column of a name.
 *
 * @throws DataError that says which there are, and how to name one of them
 */
export function columnFinder({ names }: Pick<NamedRows, 'names'>, file: string) {
  return (name: string, option: string): number => {
    const column = names.indexOf(unitName(name));
    if (column !== -1) return column;
    const shown = names.map((each) => (each.includes(',') ? JSON.stringify(each) : each));
    throw new DataError(
      `${file}: expected a column ${name}, got ${shown.join(', ')}; name one of them as ${option}` +
        (shown.some((each, i) => each !== names[i])
          ? '; a name with a comma stands in a list in the file beside the table, flags part there'
          : '') +
        (names[0]!.startsWith('#') ? `; ${commentRemedy}` : ''),
    );
  };
}

function namesOf(
  count: number,
  columns: readonly string[] | undefined,
  file: string,
): readonly string[] {
  if (columns === undefined) return Array.from({ length: count }, (_, i) => `column${i + 1}`);
  if (columns.length === count) return withoutRepetition(columns.map(unitName), file);
  throw new DataError(
    `${file}: expected a name for each of its ${count} columns, got ${columns.length}: columns (--columns)`,
  );
}

function withoutRepetition(names: readonly string[], file: string): readonly string[] {
  const second = names.findIndex((name, column) => names.indexOf(name) < column);
  if (second === -1) return names;
  const first = names.indexOf(names[second]!);
  throw new DataError(
    // Without the names, which are a row where there is no header.
    `${file}: expected each column once, got one name for the columns ${first + 1} and ${second + 1}; rename one; of a ` +
      'table without a header give header: false (--no-header), or columns (--columns)',
  );
}

const isNumber = (name: string) => Number.isFinite(decimalNumber(name));

/** Fewer numbers may count by chance, in a row that is no header. */
const fewNumbers = 3;

/**
 * Whether names that are numbers count the columns from 0 or 1, as pandas does, beside other names
 * or not.
 */
function isCounted(names: readonly string[]): boolean {
  const numbers = names.filter(isNumber);
  const start = numbers[0] === '1' ? 1 : 0;
  return numbers.length >= fewNumbers && numbers.every((name, i) => name === String(start + i));
}
