import { parse, type Options } from 'csv-parse/sync';
import { DataError } from '../formats/dataError.ts';

const delimiters = [';', ',', '\t'];
const commonOptions: Options = {
  record_delimiter: ['\r\n', '\n', '\r'],
  skip_empty_lines: true,
};

/**
 * Rows of cells of a table separated by semicolons, commas or tabs: the first of these that gives
 * header and first row the same number of cells, two or more; else the first that the header has.
 * CRLF, LF and CR each end a line, also beside one another in one file; within quotes they are a
 * part of the cell. Empty lines are passed over.
 *
 * @throws DataError naming the line of a row of other length than the header, and of quotes that
 *   are not closed or begin within a cell, with the remedy
 */
export function csvRows(text: string, file: string): string[][] {
  try {
    return parse(text, { ...commonOptions, delimiter: delimiterOf(text) });
  } catch (cause) {
    // Without the cells, which are private; hence without the cause, which has them.
    const { message, code = '', records } = cause as Error & { code?: string; records?: number };
    const problem = message.replace(/, value is .*/s, '').replace(/got ".*?" at/s, 'found at');
    const isFirstRow = code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' && records === 1;
    const remedy = isFirstRow && /^\s*#/.test(text) ? commentRemedy : remedies[code];
    throw new DataError(`${file}: ${problem}${remedy === undefined ? '' : `; ${remedy}`}`);
  }
}

/** What to do about a first line that may be a comment instead of the header. */
export const commentRemedy =
  'the first line is read as the header: if its # begins a comment, remove the lines above the header';

const remedies: Readonly<Record<string, string>> = {
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH:
    'each row has as many cells as the header: add what is missing, and put a cell with a separator in it ' +
    'within quotes',
  INVALID_OPENING_QUOTE:
    'a quote begins its cell: remove blanks between separator and quote, in pandas by ' +
    'read_csv(path, skipinitialspace=True), and double a quote within a cell of quotes',
  CSV_INVALID_CLOSING_QUOTE:
    'a separator or the end of the line follows a quote that ends a cell: double a quote within the cell',
  CSV_QUOTE_NOT_CLOSED: 'add the quote that ends the cell, or remove the one that begins it',
};

/** Characters in which header and first row are looked for. */
const beginning = 2 ** 20;

function delimiterOf(text: string): string {
  const start = text.slice(0, beginning);
  const lines = start.replace(/^[\r\n]+/, '');
  const header = lines.slice(0, lines.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  const possible = delimiters.filter((sign) => header.includes(sign));
  return possible.find((sign) => suits(start, sign)) ?? possible[0] ?? ',';
}

/** Whether header and first row have the same number of cells. */
function suits(text: string, delimiter: string): boolean {
  try {
    const [header, first]: string[][] = parse(text, {
      ...commonOptions,
      delimiter,
      relax_column_count: true,
      to: 2,
    });
    return first?.length === header!.length;
  } catch {
    return false;
  }
}
