import { parse, type Options } from '#csv-parse';
import { DataError } from '../formats/dataError.ts';
import type { Delimiter, TableForm } from './tableOptions.ts';

const recognized: readonly Delimiter[] = [';', ',', '\t', '|'];
const commonOptions: Options = {
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
  // Blanks around a cell, so that a quote may follow them.
  trim: true,
};

type RowOptions = Pick<TableForm, 'delimiter' | 'quote' | 'skipLines' | 'decimalComma'> & {
  /** Number of rows from the beginning; all by default. */
  readonly limit?: number;
};

/**
 * Rows of cells of a table. CRLF, LF and CR each end a line, also beside one another in one file;
 * within quotes they are a part of the cell. Empty lines are passed over, and blanks around a cell,
 * outside of its quotes, are left out.
 *
 * @throws DataError naming the line of a row of other length than the first, and of quotes that
 *   are not closed or begin within a cell, with the remedy
 */
export function tableRows(text: string, file: string, options: RowOptions = {}): string[][] {
  const { skipLines = 0, limit } = options;
  const lines = skipLines === 0 ? text : withoutLines(text, skipLines, file);
  const delimiter = options.delimiter ?? delimiterOf(lines, options);
  const quote = quoteOf(options);
  const form: Options = { ...commonOptions, quote, ...(limit !== undefined && { to: limit }) };
  try {
    if (delimiter !== ' ') return parse(lines, { ...form, delimiter });
    return rowsBetweenBlanks(lines, file, form);
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    // Without the cells, which are private; hence without the cause, which has them.
    const { message, code = '', records } = cause as Error & { code?: string; records?: number };
    const problem = message.replace(/, value is .*/s, '').replace(/got ".*?" at/s, 'found at');
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

/** Characters in which the first two rows are looked for. */
const beginning = 2 ** 20;

function delimiterOf(text: string, form: RowOptions): Delimiter {
  const quote = quoteOf(form);
  const start = text.slice(0, beginning);
  const lines = start.replace(/^[\r\n]+/, '');
  const first = lines.slice(0, lines.search(/[\r\n]|$/));
  const outside = (quote === null ? [first] : first.split(quote)).filter((_, i) => i % 2 === 0);
  const possible = recognized.filter((sign) => outside.some((part) => part.includes(sign)));
  // A comma within numbers separates nothing.
  const signs = form.decimalComma ? possible.filter((sign) => sign !== ',') : possible;
  return signs.find((sign) => suits(start, sign, quote)) ?? signs[0] ?? ',';
}

/** Whether the first two rows have the same number of cells. */
function suits(text: string, delimiter: string, quote: string | null): boolean {
  try {
    const [first, second]: string[][] = parse(text, {
      ...commonOptions,
      quote,
      delimiter,
      relax_column_count: true,
      to: 2,
    });
    return second?.length === first!.length;
  } catch {
    return false;
  }
}

const quoteOf = ({ quote = '"' }: RowOptions) => (quote === '' ? null : quote);
