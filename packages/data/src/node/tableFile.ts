import { gunzipSync } from 'node:zlib';
import { DataError } from '../formats/dataError.ts';
import { isGzip } from '../formats/inflate.ts';
import { headedRows, type RowVisitor } from '../tables/tableColumns.ts';
import type { CsvOptions, Delimiter } from '../tables/tableOptions.ts';
import { readSidecar } from './sidecarFile.ts';
import { decodedPieces } from './decodeText.ts';
import { eachRowOfPieces } from './eachRowOfPieces.ts';
import { filePieces, inPieces, readPart, wholeFile } from './filePieces.ts';

/** A table is kept in memory as numbers; larger ones should be saved as NPY. */
const greatestTable = 2 ** 28;

/** Whether a file name has an extension of tables. */
export const isTableName = (name: string): boolean =>
  /\.(csv|tsv|tab|psv|data|data-numeric|test|dat|txt)(\.gz)?$/i.test(name);

/** Separators implied by the file name. */
const delimiterOfName: readonly (readonly [RegExp, Delimiter])[] = [
  [/\.(tsv|tab)(\.gz)?$/i, '\t'],
  [/\.psv(\.gz)?$/i, '|'],
];

/** A table in a file that has not been read yet. */
export interface TableFile {
  /** Public facts about it, from its sidecar file and its name. */
  readonly facts: CsvOptions;
  /**
   * Visits its rows in order; the text is read in pieces.
   *
   * @param limit greatest number of lines to read
   * @throws DataError as `headedRows` does, and for bytes that are not text
   */
  visit(options: CsvOptions, visitor: RowVisitor, limit?: number): Promise<void>;
}

/**
 * Opens a table, gzipped or not; a gzipped one is decompressed in memory.
 *
 * @throws DataError for a table of more than 256 MiB, and as `readSidecar` does
 */
export async function openTable(
  path: string,
  options: { readonly encoding?: string | undefined } = {},
): Promise<TableFile> {
  const { encoding, ...sidecar } = await readSidecar(path);
  const part = await wholeFile(path);
  if (part.length > greatestTable) {
    throw new DataError(
      `${path}: expected a file of at most ${greatestTable} bytes, got ${part.length}; save a larger table as NPY`,
    );
  }
  const isPacked = isGzip(readPart(part, 2));
  const [, delimiter] = delimiterOfName.find(([name]) => name.test(path)) ?? [];
  return {
    facts: { ...(delimiter !== undefined && { delimiter }), ...sidecar },
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

/** Decompresses all members of a .gz file. */
function unpack(packed: Uint8Array, path: string): Uint8Array {
  // `info`, missing in the types, adds the number of bytes that were read.
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
