import { lstatSync } from 'node:fs';
import { parseSidecar, type Sidecar } from '../tables/sidecar.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** The file beside a table in which a draft of what is public about it is written. */
export const sidecarPath = (path: string): string => `${path}.json`;

/**
 * The file beside a table in which stands what is public about it; undefined if there is none. Of a
 * packed table, as visits.csv.gz, that is the one of its own name, else that of the table when
 * unpacked, visits.csv.json.
 */
export function existingSidecar(path: string): string | undefined {
  const names = [path, path.replace(/\.gz$/i, '')].map(sidecarPath);
  // What is there and cannot be read, as a link that leads nowhere, is not passed over.
  return names.find((name) => lstatSync(name, { throwIfNoEntry: false }));
}

/**
 * What is public about a table, from the file beside it; nothing if there is none.
 *
 * @throws DataError as `parseSidecar` does
 */
export async function besideTable(path: string): Promise<Sidecar> {
  const file = existingSidecar(path);
  if (file === undefined) return {};
  return parseSidecar(decodeText(await readFileWithin(file, 2 ** 24), file), file);
}
