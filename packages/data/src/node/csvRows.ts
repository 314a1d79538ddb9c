import { parse } from 'csv-parse/sync';
import { DataError } from '../formats/dataError.ts';

/**
 * Rows of cells of a table separated by semicolons, commas or tabs, the first that its header has.
 * CRLF, LF and CR each end a line, also beside one another in one file; within quotes they are a
 * part of the cell.
 *
 * @throws DataError naming the line of a row of other length than the header, and of quotes that
 *   are not closed or begin within a cell
 */
export function csvRows(text: string, file: string): string[][] {
  const header = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  try {
    return parse(text, {
      delimiter: [';', ',', '\t'].find((sign) => header.includes(sign)) ?? ',',
      record_delimiter: ['\r\n', '\n', '\r'],
      skip_empty_lines: true,
    });
  } catch (cause) {
    // Without the cells, which are private; hence without the cause, which has them.
    const problem = (cause as Error).message
      .replace(/, value is .*/s, '')
      .replace(/got ".*?" at/s, 'found at');
    throw new DataError(`${file}: ${problem}`);
  }
}
