import { parse } from '#csv-parse';
import type { Options } from 'csv-parse';
import { DataError } from '../formats/dataError.ts';
import { delimiters, type Delimiter, type TableForm } from './tableOptions.ts';

const recognized: readonly Delimiter[] = [';', ',', '\t', '|'];
const commonOptions: Options = {
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
  // Blanks around a cell, so that a quote may follow them.
  trim: true,
};

export type RowOptions = Pick<
  TableForm,
  'delimiter' | 'quote' | 'skipLines' | 'decimalComma' | 'header'
> & {
  /** Number of rows from the beginning; all by default. */
  readonly limit?: number;
};

/** Gets the cells of a row. */
export type VisitRow = (cells: string[]) => void;

/** How rows are told apart by csv-parse, whose `on_record` visits each and keeps none. */
export interface RowParsing {
  readonly options: Options;
  /** The error to throw in place of what the parser has thrown. */
  readonly errorOf: (cause: unknown) => Error;
}

/** Rows of cells of a table, all in memory. @throws DataError as `eachRow` does */
export function tableRows(text: string, file: string, options: RowOptions = {}): string[][] {
  const rows: string[][] = [];
  eachRow(text, file, options, (cells) => rows.push(cells));
  return rows;
}

/**
 * Visits the rows of cells of a table, one after another. CRLF, LF and CR each end a line, also
 * beside one another in one file; within quotes they are a part of the cell. Empty lines are passed
 * over, and blanks around a cell, outside of its quotes, are left out.
 *
 * @throws DataError naming the line of a row of other length than the first, and of quotes that
 *   are not closed or begin within a cell, with the remedy; and for a first line with several
 *   separators, unless one is named; and what `visit` throws
 */
export function eachRow(text: string, file: string, options: RowOptions, visit: VisitRow): void {
  const lines = withoutLines(text, options.skipLines, file);
  const parsing = rowParsing(lines, file, options, visit);
  try {
    parse(lines, parsing.options);
  } catch (cause) {
    throw parsing.errorOf(cause);
  }
}

/**
 * How the rows of a text are read, for whoever parses it in pieces.
 *
 * @param start of the text, with its first line
 */
export function rowParsing(
  start: string,
  file: string,
  options: RowOptions,
  visit: VisitRow,
): RowParsing {
  const { limit } = options;
  const delimiter = options.delimiter ?? delimiterOf(start, file, options);
  const quote = quoteOf(options);
  if (quote === delimiter || (quote !== null && /[\p{L}\p{N}\s]/u.test(quote))) {
    throw new DataError(
      `${file}: expected another sign around cells than a letter, a digit, a blank or the separator: quote (--quote)`,
    );
  }
  const form: Options = { ...commonOptions, quote, ...(limit !== undefined && { to: limit }) };
  return {
    options:
      delimiter === ' '
        ? betweenBlanks(file, form, visit)
        : { ...form, delimiter, on_record: visiting(visit) },
    errorOf: (cause) => errorOf(cause, start, file),
  };
}

/** Visits each record, of which csv-parse then keeps none. */
const visiting = (visit: VisitRow) => (cells: unknown) => {
  visit(cells as string[]);
  return null;
};

function errorOf(cause: unknown, start: string, file: string): Error {
  const { message, code, records } = cause as Error & { code?: unknown; records?: number };
  if (cause instanceof DataError || typeof code !== 'string') return cause as Error;
  // Without the cells, which are private; hence without the cause, which has them.
  const problem =
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? `Quote Not Closed: one that begins after ${records} whole rows, the header among them`
      : message.replace(/, value is .*/s, '').replace(/got ".*?" at/s, 'found at');
  const isFirstRow = code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && records === 1;
  const remedy = isFirstRow && /^\s*#/.test(start) ? commentRemedy : remedies[code];
  return new DataError(`${file}: ${problem}${remedy === undefined ? '' : `; ${remedy}`}`);
}

/** What to do about a first line that may be a comment instead of the header. */
export const commentRemedy =
  'the first line is read as the header: if its # begins a comment, pass over the lines above the header: ' +
  'skipLines (--skip-lines 1)';

const remedies: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH:
    'each row has as many cells as the header: add what is missing, and put a cell with a separator in it ' +
    'within quotes; lines above the header are passed over by skipLines (--skip-lines)',
  INVALID_OPENING_QUOTE:
    'a quote begins its cell: double a quote within a cell of quotes, or let quotes mean nothing: quote ' +
    '(--quote none)',
  CSV_INVALID_CLOSING_QUOTE:
    'a separator or the end of the line follows a quote that ends a cell: double a quote within the cell',
  CSV_QUOTE_NOT_CLOSED: 'add the quote that ends the cell, or remove the one that begins it',
};

/**
 * Empty lines in place of the first ones, so that the numbers of the others stay.
 *
 * @throws DataError for a text of no more lines
 */
export function withoutLines(text: string, count = 0, file: string): string {
  const lineEnd = /\r\n|\n|\r/g;
  for (let line = 0; line < count; line++) {
    if (lineEnd.exec(text)) continue;
    throw new DataError(
      `${file}: expected more than ${count} lines, which skipLines (--skip-lines) passes over, got ${line + 1}`,
    );
  }
  return count === 0 ? text : '\n'.repeat(count) + text.slice(lineEnd.lastIndex);
}

/** Cells separated by runs of blanks and tabs, with such runs before and after them or not. */
function betweenBlanks(file: string, form: Options, visit: VisitRow): Options {
  let width: number | undefined;
  let row = 0;
  return {
    ...form,
    trim: false,
    delimiter: [' ', '\t'],
    relax_column_count: true,
    cast: (cell, { quoting }) => (cell === '' && !quoting ? null : cell),
    on_record: (record: unknown) => {
      const cells = (record as (string | null)[]).filter((cell) => cell !== null);
      if (cells.length === 0) return null;
      width ??= cells.length;
      if (cells.length !== width) {
        throw new DataError(
          `${file}, row ${row} from the first line on: expected ${width} cells separated by blanks, got ` +
            `${cells.length}; put a cell with a blank in it within quotes, and a sign such as ? where one is missing`,
        );
      }
      visit(cells);
      row++;
      return null;
    },
  };
}

/**
 * The one separator that the header has outside of quotes. The rows are not looked at, so that none
 * of them changes how the others are read; a table without a header has commas.
 */
function delimiterOf(text: string, file: string, form: RowOptions): Delimiter {
  if (form.header === false) return ',';
  const quote = quoteOf(form);
  const lines = text.replace(/^[\r\n]+/, '');
  const first = lines.slice(0, lines.search(/[\r\n]|$/));
  const outside = (quote === null ? [first] : first.split(quote)).filter((_, i) => i % 2 === 0);
  const possible = recognized.filter((sign) => outside.some((part) => part.includes(sign)));
  // A comma within numbers separates nothing.
  const signs = form.decimalComma ? possible.filter((sign) => sign !== ',') : possible;
  if (signs.length < 2) return signs[0] ?? ',';
  const named = signs.map((sign) => nameOf.get(sign)!);
  throw new DataError(
    `${file}: expected one separator in the first line, got ${named.join(' and ')}; name the one that separates ` +
      `cells: delimiter (--delimiter ${named[0]!}, for example)`,
  );
}

const nameOf = new Map<Delimiter, string>(
  Object.entries(delimiters).map(([name, sign]) => [sign, name]),
);

/** The sign around cells; null for none. */
const quoteOf = ({ quote = '"' }: RowOptions) => (quote === '' ? null : quote);
