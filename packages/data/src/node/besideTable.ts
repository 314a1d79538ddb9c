import { lstatSync } from 'node:fs';
import { parseSidecar, type Sidecar } from '../tables/sidecar.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** The file beside a table in which stands what is public about it. */
export const sidecarPath = (path: string): string => `${path}.json`;

/**
 * What is public about a table, from the file of its name and `.json` beside it; nothing if there
 * is no such file.
 *
 * @throws DataError as `parseSidecar` does
 */
export async function besideTable(path: string): Promise<Sidecar> {
  const file = sidecarPath(path);
  // What is there and cannot be read, as a link that leads nowhere, is not passed over.
  if (!lstatSync(file, { throwIfNoEntry: false })) return {};
  return parseSidecar(decodeText(await readFileWithin(file, 2 ** 24), file), file);
}
