import { parse, type Options } from '#csv-parse';
import { DataError } from '../formats/dataError.ts';
import { delimiters, type Delimiter, type TableForm } from './tableOptions.ts';

const recognized: readonly Delimiter[] = [';', ',', '\t', '|'];
const commonOptions: Options = {
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
  // Blanks around a cell, so that a quote may follow them.
  trim: true,
};

type RowOptions = Pick<
  TableForm,
  'delimiter' | 'quote' | 'skipLines' | 'decimalComma' | 'header'
> & {
  /** Number of rows from the beginning; all by default. */
  readonly limit?: number;
};

/**
 * Rows of cells of a table. CRLF, LF and CR each end a line, also beside one another in one file;
 * within quotes they are a part of the cell. Empty lines are passed over, and blanks around a cell,
 * outside of its quotes, are left out.
 *
 * @throws DataError naming the line of a row of other length than the first, and of quotes that
 *   are not closed or begin within a cell, with the remedy; and for a first line with several
 *   separators, unless one is named
 */
export function tableRows(text: string, file: string, options: RowOptions = {}): string[][] {
  const { skipLines = 0, limit } = options;
  const lines = skipLines === 0 ? text : withoutLines(text, skipLines, file);
  const delimiter = options.delimiter ?? delimiterOf(lines, file, options);
  const quote = quoteOf(options);
  if (quote === delimiter || (quote !== null && /[\p{L}\p{N}\s]/u.test(quote))) {
    throw new DataError(
      `${file}: expected another sign around cells than a letter, a digit, a blank or the separator: quote (--quote)`,
    );
  }
  const form: Options = { ...commonOptions, quote, ...(limit !== undefined && { to: limit }) };
  try {
    if (delimiter !== ' ') return parse(lines, { ...form, delimiter });
    return rowsBetweenBlanks(lines, file, form);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    // Without the cells, which are private; hence without the cause, which has them.
    const { message, code = '', records } = cause as Error & { code?: string; records?: number };
    const problem =
      code === 'CSV_QUOTE_NOT_CLOSED'
        ? `Quote Not Closed: one that begins after ${records} whole rows, the header among them`
        : message.replace(/, value is .*/s, '').replace(/got ".*?" at/s, 'found at');
    const isFirstRow = code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && records === 1;
    const remedy = isFirstRow && /^\s*#/.test(lines) ? commentRemedy : remedies[code];
    throw new DataError(`${file}: ${problem}${remedy === undefined ? '' : `; ${remedy}`}`);
  }
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

/** Empty lines in place of the first ones, so that the numbers of the others stay. */
function withoutLines(text: string, count: number, file: string): string {
  const lineEnd = /\r\n|\n|\r/g;
  for (let line = 0; line < count; line++) {
    if (lineEnd.exec(text)) continue;
    throw new DataError(
      `${file}: expected more than ${count} lines, which skipLines (--skip-lines) passes over, got ${line + 1}`,
    );
  }
  return '\n'.repeat(count) + text.slice(lineEnd.lastIndex);
}

/** Cells separated by runs of blanks and tabs, with such runs before and after them or not. */
function rowsBetweenBlanks(text: string, file: string, form: Options): string[][] {
  const rows: (string | null)[][] = parse(text, {
    ...form,
    trim: false,
    delimiter: [' ', '\t'],
    relax_column_count: true,
    cast: (cell, { quoting }) => (cell === '' && !quoting ? null : cell),
  });
  const filled = rows
    .map((cells) => cells.filter((cell) => cell !== null))
    .filter(({ length }) => length > 0);
  const wrong = filled.findIndex(({ length }) => length !== filled[0]!.length);
  if (wrong === -1) return filled;
  throw new DataError(
    `${file}, row ${wrong} from the first line on: expected ${filled[0]!.length} cells separated by blanks, got ` +
      `${filled[wrong]!.length}; put a cell with a blank in it within quotes, and a sign such as ? where one is missing`,
  );
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
