import { lstatSync } from 'node:fs';
import { DataError } from '../formats/dataError.ts';
import { parseSidecar, type Sidecar } from '../tables/sidecar.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** The file beside a table in which a draft of what is public about it is written. */
export const sidecarPath = (path: string): string => `${path}.json`;

/**
 * The file beside a table in which stands what is public about it; undefined if there is none. Of a
 * packed table, as visits.csv.gz, it may be that of the table when unpacked, visits.csv.json.
 *
 * @throws DataError where there are both
 */
export function existingSidecar(path: string): string | undefined {
  const unpacked = path.replace(/\.gz$/i, '');
  const names = [...new Set([path, unpacked])].map(sidecarPath);
  // What is there and cannot be read, as a link that leads nowhere, is not passed over.
  const [file, other] = names.filter((name) => lstatSync(name, { throwIfNoEntry: false }));
  if (other === undefined) return file;
  throw new DataError(
    `${path}: expected one file beside it, got ${file!} and ${other}; move one of them away`,
  );
}

/**
 * What is public about a table, from the file of its name and `.json` beside it; nothing if there
 * is no such file.
 *
 * @throws DataError as `parseSidecar` does
 */
export async function besideTable(path: string): Promise<Sidecar> {
  const file = existingSidecar(path);
  if (file === undefined) return {};
  return parseSidecar(decodeText(await readFileWithin(file, 2 ** 24), file), file);
}
