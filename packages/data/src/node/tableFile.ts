import { gunzipSync } from 'node:zlib';
import { DataError } from '../formats/dataError.ts';
import { isGzip } from '../formats/inflate.ts';
import type { Sidecar } from '../tables/sidecar.ts';
import type { Delimiter } from '../tables/tableOptions.ts';
import { besideTable } from './besideTable.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** A table is in memory as text, then as numbers; larger ones are better saved as NPY. */
const greatestTable = 2 ** 28;

/** Whether a name is one that tables have. */
export const isTableName = (name: string): boolean =>
  /\.(csv|tsv|tab|psv|data|data-numeric|test|dat|txt)(\.gz)?$/i.test(name);

/** Separators that the name of a file says. */
const delimiterOfName: readonly (readonly [RegExp, Delimiter])[] = [
  [/\.(tsv|tab)(\.gz)?$/i, '\t'],
  [/\.psv(\.gz)?$/i, '|'],
];

/**
 * Text of a table, packed by gzip or not, and what stands in the file beside it.
 *
 * @throws DataError for a table of more than 256 MiB, and as `decodeText` and `besideTable` do
 */
export async function readTable(
  path: string,
  options: { readonly encoding?: string | undefined } = {},
): Promise<{ text: string; beside: Sidecar }> {
  const { encoding, ...beside } = await besideTable(path);
  const packed = await readFileWithin(path, greatestTable);
  const bytes = isGzip(packed) ? unpack(packed, path) : packed;
  const text = decodeText(bytes, path, options.encoding ?? encoding);
  const [, delimiter] = delimiterOfName.find(([name]) => name.test(path)) ?? [];
  return { text, beside: { ...(delimiter !== undefined && { delimiter }), ...beside } };
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
