import { readFile } from 'node:fs/promises';
import { WeightsError } from '../weights/weightsError.ts';

/**
 * Reads a file.
 *
 * @throws WeightsError that names the file, if it cannot be read
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new WeightsError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
