import { DataError } from '../formats/dataError.ts';
import { unitName } from '../unitName.ts';
import { decimalNumber } from './cells.ts';
import type { CsvOptions } from './tableOptions.ts';
import { commentRemedy, eachRow, type RowOptions, type VisitRow } from './tableRows.ts';

/** The rows of a table without its header, and the names of its columns. */
export interface NamedRows {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The name that pandas gives to a column of row numbers. */
export const unnamedColumn = /^(Unnamed: \d+)?$/;

/**
 * Whether a column's name suggests that it numbers or names the rows, such as id or PassengerId.
 */
export const namesOrCountsRows = (name: string): boolean =>
  /^(id|index|idx|key|uuid|row|.+[ _-](id|no)|row[ _-]?(id|number|names?))$/i.test(name) ||
  /[a-z]I[Dd]$/.test(name);

/** Receives the rows of a table as they are read, so that they need not be kept. */
export interface RowVisitor {
  /** Called with the names of the columns, before the first row. */
  begin(names: readonly string[]): void;
  /** @param row row number, from 0 after the header */
  row(cells: readonly string[], row: number): void;
}

/** Receives rows, the first of which may be the header. */
export interface HeadedRows {
  /** How rows are separated into cells. */
  readonly form: RowOptions;
  readonly visit: VisitRow;
  /** To be called after the last row. */
  readonly end: () => void;
}

/**
 * Passes the rows of a table and the names of its columns, from the first line or `columns`, to a
 * visitor.
 *
 * @param limit number of lines to read; default all
 * @throws DataError for a table without rows or with only one column, a repeated column name, a
 *   number of names other than that of the columns, or a first line that contains a number and is
 *   therefore probably not a header
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

/**
 * Visits the rows of a table whose whole text is given.
 *
 * @throws DataError as `headedRows` does
 */
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

/** Names of the columns, given the table's first row. */
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
      `${file}: expected a header, got a first line with numbers; if there is no header, give header: false ` +
        '(--no-header), or the names of its columns: columns (--columns age,ward,class); if it is the header: ' +
        '"header": true in the file beside the table' +
        (first[0]!.startsWith('#') ? `; ${commentRemedy}` : ''),
    );
  }
  return withoutRepetition(names, file);
}

/**
 * Returns a function that finds a column by its name.
 *
 * @throws DataError that lists the columns, and says how to choose one
 */
export function columnFinder({ names }: Pick<NamedRows, 'names'>, file: string) {
  return (name: string, option: string): number => {
    const column = names.indexOf(unitName(name));
    if (column !== -1) return column;
    const shown = names.map((each) => (each.includes(',') ? JSON.stringify(each) : each));
    throw new DataError(
      `${file}: expected a column ${name}, got ${shown.join(', ')}; name one of them as ${option}` +
        (shown.some((each, i) => each !== names[i])
          ? '; put a name with a comma into a list in the file beside the table; flags are split at commas'
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
    // Without the names, which are a private row if there is no header.
    `${file}: expected each column once, got one name for the columns ${first + 1} and ${second + 1}; rename one; of a ` +
      'table without a header give header: false (--no-header), or columns (--columns)',
  );
}

const isNumber = (name: string) => Number.isFinite(decimalNumber(name));

/** Fewer numbers could be consecutive by chance in a row that is not a header. */
const fewNumbers = 3;

/**
 * Whether the names that are numbers count up from 0 or 1, as pandas numbers columns; other names
 * may be among them.
 */
function isCounted(names: readonly string[]): boolean {
  const numbers = names.filter(isNumber);
  const start = numbers[0] === '1' ? 1 : 0;
  return numbers.length >= fewNumbers && numbers.every((name, i) => name === String(start + i));
}
