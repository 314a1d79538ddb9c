import * as nodeFiles from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { explained } from './systemErrors.ts';

/** An open file, as far as durable writing needs it. */
export interface OpenFile {
  writeFile(content: string | Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** All operations that write to a run folder; `node:fs/promises` except in tests. */
export interface FileOperations {
  open(path: string, flags: 'r' | 'w' | 'wx' | 'a'): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { recursive?: boolean; force?: boolean }): Promise<void>;
  mkdir(path: string, options: { recursive: true }): Promise<string | undefined>;
}

/**
 * Replaces a file so that a crash at any moment leaves either the old content or the new one.
 * Returns once the new content is on the disk.
 *
 * @param mayReplace called last, when everything is written; if it rejects, the old content stays
 * @throws RunStoreError when the system refuses; the old content is then unchanged
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  files: FileOperations = nodeFiles,
  mayReplace: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    try {
      await writeAndSync(temporary, 'w', content, files);
      await mayReplace();
      await files.rename(temporary, path);
    } catch (error) {
      await files.rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
    await syncFolder(dirname(path), files);
  } catch (error) {
    throw explained('write', path, error);
  }
}

/**
 * Appends one line and returns once it is on the disk. A crash may leave a part of the line.
 *
 * @throws RunStoreError when the system refuses
 */
export async function appendLine(
  path: string,
  line: string,
  files: FileOperations = nodeFiles,
): Promise<void> {
  try {
    await writeAndSync(path, 'a', `${line}\n`, files);
    await syncFolder(dirname(path), files);
  } catch (error) {
    throw explained('write', path, error);
  }
}

/**
 * Creates a folder and its parents where they are missing, and returns once they are on the disk.
 *
 * @throws RunStoreError when the system refuses
 */
export async function makeFolder(path: string, files: FileOperations = nodeFiles): Promise<void> {
  try {
    const absolute = resolve(path);
    const first = await files.mkdir(absolute, { recursive: true });
    if (first === undefined) return;
    for (let made = absolute; made.length >= first.length; made = dirname(made)) {
      await syncFolder(dirname(made), files);
    }
  } catch (error) {
    throw explained('write', path, error);
  }
}

/**
 * Makes creations, renamings and removals in a folder durable, on systems that can open folders
 * (not Windows).
 */
export async function syncFolder(path: string, files: FileOperations = nodeFiles): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await files.open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeAndSync(
  path: string,
  flags: 'w' | 'a',
  content: string | Uint8Array,
  files: FileOperations,
): Promise<void> {
  const file = await files.open(path, flags);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
