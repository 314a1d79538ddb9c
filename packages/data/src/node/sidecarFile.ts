import { lstatSync } from 'node:fs';
import { parseSidecar, type Sidecar } from '../tables/sidecar.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** Path of the sidecar file of a table: the JSON file beside it with public facts about it. */
export const sidecarPath = (path: string): string => `${path}.json`;

/**
 * Path of an existing sidecar file; undefined if there is none. A compressed table visits.csv.gz
 * has visits.csv.gz.json, else visits.csv.json.
 */
export function findSidecar(path: string): string | undefined {
  const names = [path, path.replace(/\.gz$/i, '')].map(sidecarPath);
  // `lstat`, so that a broken link is reported as unreadable and not ignored.
  return names.find((name) => lstatSync(name, { throwIfNoEntry: false }));
}

/**
 * Reads the public facts about a table from its sidecar file; empty if there is none.
 *
 * @throws DataError as `parseSidecar` does
 */
export async function readSidecar(path: string): Promise<Sidecar> {
  const file = findSidecar(path);
  if (file === undefined) return {};
  return parseSidecar(decodeText(await readFileWithin(file, 2 ** 24), file), file);
}
