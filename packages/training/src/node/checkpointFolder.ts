import * as nodeFiles from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointStore, StoredCheckpoint } from '../durable/checkpoint.ts';
import { makeFolder, replaceFile, type FileOperations } from './durableFile.ts';
import { explained } from './systemErrors.ts';

const stateFile = 'state.json';
const valuesFile = /^values-\d+\.bin$/;

/**
 * A checkpoint in a folder: the values in a file of their own, and `state.json`, which names that
 * file. `state.json` is replaced last, so that a crash leaves the previous checkpoint or the new
 * one.
 */
export class CheckpointFolder implements CheckpointStore {
  readonly name: string;
  readonly #files: FileOperations;

  /** @param files file operations, replaced in tests */
  constructor(path: string, files: FileOperations = nodeFiles) {
    this.name = path;
    this.#files = files;
  }

  /** @throws RunStoreError when the system refuses */
  async readCheckpoint(): Promise<StoredCheckpoint | null> {
    const state = await readIfThere(join(this.name, stateFile));
    return (
      state && {
        name: this.name,
        state: state.toString('utf8'),
        values: (name) => readIfThere(join(this.name, name)),
      }
    );
  }

  /** @throws RunStoreError when the system refuses; the previous checkpoint is still there then */
  async writeCheckpoint(
    state: string,
    { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
  ): Promise<void> {
    await makeFolder(this.name, this.#files);
    await replaceFile(join(this.name, name), bytes, this.#files);
    await replaceFile(join(this.name, stateFile), state, this.#files);
    for (const other of await nodeFiles.readdir(this.name)) {
      if (!valuesFile.test(other.replace(/\.tmp$/, '')) || other === name) continue;
      await this.#files.rm(join(this.name, other), { force: true });
    }
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await nodeFiles.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw explained('read', path, error);
  }
}
