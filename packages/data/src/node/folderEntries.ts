import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import { statOf } from './readFileWithin.ts';

/** Files that macOS and editors leave in folders and archives. */
export const isHidden = ({ name }: Dirent) => name.startsWith('.') || name === '__MACOSX';

/** Entries of a folder ordered by name, independent of the file system's order. */
export async function entriesOf(path: string): Promise<Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const leadsToFolder = async (entry: Dirent, folder: string) =>
  entry.isSymbolicLink() && (await statOf(join(folder, entry.name))).isDirectory();

export const refuseLink = (folder: string, name: string) =>
  new DataError(
    `${join(folder, name)}: expected a file or folder, not a link; replace it by its target with cp -rL`,
  );
