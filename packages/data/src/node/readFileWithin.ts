import { readFile, stat } from 'node:fs/promises';
import { DataError } from '../formats/dataError.ts';

/** Bytes of a file. Rejects with DataError if there is none, or a larger one. */
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

/** Rejects with DataError if there is neither a file nor a folder of that name. */
export async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (cause) {
    throw new DataError(`${path}: there is no such file or folder`, { cause });
  }
}
