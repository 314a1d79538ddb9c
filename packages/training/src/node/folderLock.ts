import { randomUUID } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RunStoreError } from '../durable/runStoreError.ts';
import type { FileOperations } from './durableFile.ts';
import { mayBeRunning, thisProcess, type ProcessIdentity } from './processIdentity.ts';
import { explained } from './systemErrors.ts';

/** The right to write to a folder. */
export interface FolderLock {
  /** @throws RunStoreError when the claim has been deleted */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

/** A claim found in a folder. */
interface Claim {
  readonly path: string;
  readonly number: number;
  /** Null where a crash cut the file off before the owner was written. */
  readonly owner: ClaimOwner | null;
}

/** Owner of a claim; the token distinguishes it from a later claim with the same number. */
interface ClaimOwner extends ProcessIdentity {
  readonly token: string;
}

/**
 * Reserves a folder of a run or a comparison for this process, until `release` or the end of the
 * process.
 *
 * A claim is a file `run-<n>.lock` that names its process, created exclusively. A process owns the
 * folder if, after writing its claim, it finds no claim of another process that may be running: of
 * two processes, the one that looks later sees the other. Claims of ended processes are ignored; of
 * several processes that find the same claims, the one that creates the next number continues.
 *
 * @throws RunStoreError when another process, or this one, already owns the folder
 */
export async function lockFolder(
  folder: string,
  files: FileOperations = nodeFiles,
): Promise<FolderLock> {
  for (;;) {
    const found = await readClaims(folder);
    refuseIfTaken(folder, found);
    const number = (found.at(-1)?.number ?? 0) + 1;
    const path = join(folder, `run-${number}.lock`);
    const token = randomUUID();
    if (!(await createClaim(path, token, files))) continue;
    const others = (await readClaims(folder)).filter((claim) => claim.path !== path);
    try {
      refuseIfTaken(folder, others);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    for (const { path: ended } of others) await rm(ended, { force: true, recursive: true });
    const isHeld = async () => (await readOwner(path))?.token === token;
    return {
      async requireHeld() {
        if (!(await isHeld())) throw goneError(path);
      },
      async release() {
        // A claim that cannot be removed becomes invalid when the process ends.
        if (await isHeld()) await rm(path, { force: true }).catch(() => undefined);
      },
    };
  }
}

/**
 * Removes the claims that ended jobs of a cluster have left on a folder: one that was killed on
 * another machine seems to run for ever. A job that goes on against all appearance charges nothing
 * any more: it looks for its claim before each charge.
 *
 * @param hasEnded whether the cluster says that a job has ended, by the name in its `jobVariable`
 */
export async function withdrawClaims(
  folder: string,
  hasEnded: (job: string) => boolean,
): Promise<void> {
  for (const { path, owner } of await readClaims(folder)) {
    if (owner?.job !== undefined && hasEnded(owner.job)) await rm(path, { force: true });
  }
}

function refuseIfTaken(folder: string, claims: readonly Claim[]): void {
  for (const { path, owner } of claims) {
    if (!owner || !mayBeRunning(owner)) continue;
    throw new RunStoreError(
      `${folder}: another process (pid ${owner.pid} on host ${owner.host}, started ${owner.started}) ` +
        `is using this folder; wait until it ends, or delete ${path} if it has ended`,
    );
  }
}

function goneError(path: string): RunStoreError {
  return new RunStoreError(
    `${path}: is gone, so that another process may use this run folder; wait until none does, ` +
      'and continue the run with --resume',
  );
}

/** Creates this process's claim; false if another process was faster. */
async function createClaim(path: string, token: string, files: FileOperations): Promise<boolean> {
  try {
    const file = await files.open(path, 'wx');
    try {
      await file.writeFile(`${JSON.stringify({ ...thisProcess(), token })}\n`);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw explained('write', path, error);
  }
}

/** The claims on a folder, by number. */
async function readClaims(folder: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const name of await readdir(folder)) {
    const number = Number(/^run-(\d+)\.lock$/.exec(name)?.[1]);
    const path = join(folder, name);
    if (number) claims.push({ path, number, owner: await readOwner(path) });
  }
  return claims.sort((a, b) => a.number - b.number);
}

/** Owner of a claim. A process that writes its claim late sees the others when it looks again. */
async function readOwner(path: string): Promise<ClaimOwner | null> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const text = await readFile(path, 'utf8');
      if (text.endsWith('\n')) return ownerOf(JSON.parse(text));
    } catch {
      return null; // Released since, or damaged.
    }
    await setTimeout(20);
  }
  return null;
}

function ownerOf(value: unknown): ClaimOwner | null {
  const owner = value as Partial<ClaimOwner> | null;
  const isOne = typeof owner?.pid === 'number' && typeof owner.host === 'string';
  return isOne ? (owner as ClaimOwner) : null;
}
