import { parse } from '#csv-parse';
import type { Options } from 'csv-parse';
import { DataError } from '../formats/dataError.ts';
import { delimiters, type Delimiter, type TableForm } from './tableOptions.ts';

const recognized: readonly Delimiter[] = [';', ',', '\t', '|'];
const commonOptions: Options = {
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
  // Removes blanks around a cell, so that a quote may follow them.
  trim: true,
};

export type RowOptions = Pick<
  TableForm,
  'delimiter' | 'quote' | 'skipLines' | 'decimalComma' | 'header'
> & {
  /** Number of rows to read; default all. */
  readonly limit?: number;
};

/** Called with the cells of a row. */
export type VisitRow = (cells: string[]) => void;

/** How csv-parse separates rows; its `on_record` visits each row and keeps none. */
export interface RowParsing {
  readonly options: Options;
  /** Converts an error of the parser to the one to throw. */
  readonly errorOf: (cause: unknown) => Error;
}

/**
 * The cells of all rows of a table, in memory.
 *
 * @throws DataError as `eachRow` does
 */
export function tableRows(text: string, file: string, options: RowOptions = {}): string[][] {
  const rows: string[][] = [];
  eachRow(text, file, options, (cells) => rows.push(cells));
  return rows;
}

/**
 * Visits the rows of a table one after another. CRLF, LF and CR each end a line, even mixed in one
 * file; within quotes they belong to the cell. Empty lines, and blanks around a cell outside its
 * quotes, are ignored.
 *
 * @throws DataError with the line and the remedy, for a row that is longer or shorter than the
 *   first, quotes that are not closed or begin inside a cell, or a first line with several possible
 *   separators; and what `visit` throws
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
 * How to read the rows of a text that is parsed in pieces.
 *
 * @param start beginning of the text, with its first line
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
      `${file}: the quote character cannot be a letter, a digit, a blank or the separator: quote (--quote)`,
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

/** Visits each record; csv-parse then keeps none. */
const visiting = (visit: VisitRow) => (cells: unknown) => {
  visit(cells as string[]);
  return null;
};

function errorOf(cause: unknown, start: string, file: string): Error {
  const { message, code, records } = cause as Error & { code?: unknown; records?: number };
  if (cause instanceof DataError || typeof code !== 'string') return cause as Error;
  // Without the cells, which are private, and therefore without the cause, which contains them.
  const problem =
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? `Quote Not Closed: one that begins after ${records} whole rows, the header among them`
      : message.replace(/, value is .*/s, '').replace(/got ".*?" at/s, 'found at');
  const isFirstRow = code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && records === 1;
  const remedy = isFirstRow && /^\s*#/.test(start) ? commentRemedy : remedies[code];
  return new DataError(`${file}: ${problem}${remedy === undefined ? '' : `; ${remedy}`}`);
}

/** The remedy if the first line may be a comment and not the header. */
export const commentRemedy =
  'the first line is read as the header: if its # begins a comment, pass over the lines above the header: ' +
  'skipLines (--skip-lines 1)';

const remedies: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH:
    'each row has as many cells as the header: add what is missing, and put a cell with a separator in it ' +
    'within quotes; skip lines above the header by skipLines (--skip-lines)',
  INVALID_OPENING_QUOTE:
    'a quote begins its cell: double a quote within a cell of quotes, or let quotes mean nothing: quote ' +
    '(--quote none)',
  CSV_INVALID_CLOSING_QUOTE:
    'a separator or the end of the line follows a quote that ends a cell: double a quote within the cell',
  CSV_QUOTE_NOT_CLOSED: 'add the quote that ends the cell, or remove the one that begins it',
};

/**
 * Empties the first lines, so that the line numbers of the others stay the same.
 *
 * @throws DataError for a text without further lines
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

/** Cells separated by runs of blanks and tabs; such runs may also begin and end a line. */
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
 * The only possible separator in the header outside of quotes. The rows are not read, so that no
 * row changes how others are read; a table without a header has commas.
 */
function delimiterOf(text: string, file: string, form: RowOptions): Delimiter {
  if (form.header === false) return ',';
  const quote = quoteOf(form);
  const lines = text.replace(/^[\r\n]+/, '');
  const first = lines.slice(0, lines.search(/[\r\n]|$/));
  const outside = (quote === null ? [first] : first.split(quote)).filter((_, i) => i % 2 === 0);
  const possible = recognized.filter((sign) => outside.some((part) => part.includes(sign)));
  // A decimal comma does not separate cells.
  const signs = form.decimalComma ? possible.filter((sign) => sign !== ',') : possible;
  if (signs.length < 2) return signs[0] ?? ',';
  const named = signs.map((sign) => nameOf.get(sign)!);
  throw new DataError(
    `${file}: expected one separator in the first line, got ${named.join(' and ')}; choose the one that separates ` +
      `cells: delimiter (--delimiter ${named[0]!}, for example)`,
  );
}

const nameOf = new Map<Delimiter, string>(
  Object.entries(delimiters).map(([name, sign]) => [sign, name]),
);

/** The quote character; null for none. */
const quoteOf = ({ quote = '"' }: RowOptions) => (quote === '' ? null : quote);
