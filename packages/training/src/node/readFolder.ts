import { readdir } from 'node:fs/promises';
import type { EpochRecord } from '../durable/runStore.ts';
import { RunStoreError } from '../durable/runStoreError.ts';
import { explained } from './systemErrors.ts';

/** Null for an incomplete last line, left by a run that was killed while writing it. */
export function parseRecord(line: string): EpochRecord | null {
  try {
    const record = JSON.parse(line) as EpochRecord | null;
    return typeof record?.epoch === 'number' ? record : null;
  } catch {
    return null;
  }
}

/** @throws RunStoreError that names the file */
export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RunStoreError(
      `${path}: is damaged (${(error as Error).message}); restore a copy of it, or start the run ` +
        'again with --force',
      { cause: error },
    );
  }
}

/** The names in a folder; empty if the folder does not exist. */
export async function listFolder(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw explained('read', path, error);
  }
}
