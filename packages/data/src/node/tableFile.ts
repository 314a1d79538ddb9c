import { gunzip, isGzip } from '../formats/inflate.ts';
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
  const bytes = isGzip(packed) ? gunzip(packed, path, greatestTable) : packed;
  const text = decodeText(bytes, path, options.encoding ?? encoding);
  const [, delimiter] = delimiterOfName.find(([name]) => name.test(path)) ?? [];
  return { text, beside: { ...(delimiter !== undefined && { delimiter }), ...beside } };
}
