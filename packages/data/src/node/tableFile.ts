import { gunzipSync } from 'node:zlib';
import { DataError } from '../formats/dataError.ts';
import { isGzip } from '../formats/inflate.ts';
import { headedRows, type RowVisitor } from '../tables/tableColumns.ts';
import type { CsvOptions, Delimiter } from '../tables/tableOptions.ts';
import { besideTable } from './besideTable.ts';
import { decodedPieces } from './decodeText.ts';
import { eachRowOfPieces } from './eachRowOfPieces.ts';
import { filePieces, inPieces, readPart, wholeFile } from './filePieces.ts';

/** A table is in memory as numbers; larger ones are better saved as NPY. */
const greatestTable = 2 ** 28;

/** Whether a name is one that tables have. */
export const isTableName = (name: string): boolean =>
  /\.(csv|tsv|tab|psv|data|data-numeric|test|dat|txt)(\.gz)?$/i.test(name);

/** Separators that the name of a file says. */
const delimiterOfName: readonly (readonly [RegExp, Delimiter])[] = [
  [/\.(tsv|tab)(\.gz)?$/i, '\t'],
  [/\.psv(\.gz)?$/i, '|'],
];

/** A table in a file, of which nothing was read yet. */
export interface TableFile {
  /** What is public of it, from the file beside it and its name. */
  readonly beside: CsvOptions;
  /**
   * Visits its rows, one after another; the text is in memory in pieces. With a `limit` so many
   * lines.
   *
   * @throws DataError as `headedRows` says, and for bytes that are no text
   */
  visit(options: CsvOptions, visitor: RowVisitor, limit?: number): Promise<void>;
}

/**
 * Opens a table, packed by gzip or not; a packed one is unpacked in memory.
 *
 * @throws DataError for a table of more than 256 MiB, and as `besideTable` does
 */
export async function openTable(
  path: string,
  options: { readonly encoding?: string | undefined } = {},
): Promise<TableFile> {
  const { encoding, ...beside } = await besideTable(path);
  const part = await wholeFile(path);
  if (part.length > greatestTable) {
    throw new DataError(
      `${path}: expected a file of at most ${greatestTable} bytes, got ${part.length}; save a larger table as NPY`,
    );
  }
  const isPacked = isGzip(readPart(part, 2));
  const [, delimiter] = delimiterOfName.find(([name]) => name.test(path)) ?? [];
  return {
    beside: { ...(delimiter !== undefined && { delimiter }), ...beside },
    async visit(csvOptions, visitor, limit) {
      const unpacked = isPacked ? unpack(readPart(part), path) : undefined;
      const pieces = unpacked ? inPieces(unpacked) : filePieces(part);
      const whole = () => unpacked ?? readPart(part);
      const texts = decodedPieces(pieces, whole, path, options.encoding ?? encoding);
      const rows = headedRows(path, csvOptions, visitor, limit);
      await eachRowOfPieces(texts, path, rows.form, rows.visit);
      rows.end();
    },
  };
}

/** What the members of a .gz file hold, one after another. */
function unpack(packed: Uint8Array, path: string): Uint8Array {
  // With `info`, which the types lack, there is the number of bytes that were read as well.
  const options = { maxOutputLength: greatestTable, info: true };
  try {
    const found: unknown = gunzipSync(packed, options);
    const { buffer, engine } = found as { buffer: Buffer; engine: { bytesWritten: number } };
    if (engine.bytesWritten === packed.length) return buffer;
    throw new DataError(
      `${path}, offset ${engine.bytesWritten}: expected the end of the file or another member of gzip`,
    );
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const { message, code } = cause as NodeJS.ErrnoException;
    throw new DataError(
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `${path}: expected at most ${greatestTable} bytes when unpacked; save a larger table as NPY`
        : `${path}: expected an undamaged .gz file: ${message}`,
      { cause },
    );
  }
}
