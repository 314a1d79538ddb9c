import { readFile } from 'node:fs/promises';
import { WeightsError } from '../weights/weightsError.ts';

/**
 * The content of a file.
 *
 * @throws WeightsError that names the file, where the system refuses
 */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new WeightsError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}
