import { readFile, stat } from 'node:fs/promises';
import { DataError } from '../formats/dataError.ts';

/**
 * Reads a file of at most `limit` bytes.
 *
 * @throws DataError if it does not exist or is larger
 */
export async function readFileWithin(path: string, limit: number): Promise<Uint8Array> {
  const { size } = await statOf(path);
  if (size > limit) {
    throw new DataError(`${path}: expected a file of at most ${limit} bytes, got ${size}`);
  }
  try {
    return await readFile(path);
  } catch (cause) {
    throw new DataError(`${path}: cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** @throws DataError if there is no file or folder at the path */
export async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    throw new DataError(`${path}: there is no such file or folder`, { cause });
  }
}
