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
  /** @throws RunStoreError when the claim is no longer there: somebody has deleted it */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

/** A claim on a folder that was found there. */
interface Claim {
  readonly path: string;
  readonly number: number;
  /** Null where the file names none: it was cut off by a crash. */
  readonly owner: ClaimOwner | null;
}

/** Who claims; the token tells this claim from a later one of the same name. */
interface ClaimOwner extends ProcessIdentity {
  readonly token: string;
}

/**
 * Takes a folder, of a run or of a comparison, for this process, for as long as it runs or until
 * `release`.
 *
 * A claim is a file `run-<n>.lock` that names its process, created exclusively. A folder belongs to
 * the process that finds, after it has written its claim, none of another process that may be running:
 * of two, the one that looks later sees the other. Claims of processes that have ended hold nobody up;
 * of those who find the same ones, the one that creates the next number goes on.
 *
 * @throws RunStoreError when another process, or this one, has the folder already
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
        // A claim that cannot be removed ends with the process.
        if (await isHeld()) await rm(path, { force: true }).catch(() => undefined);
      },
    };
  }
}

function refuseIfTaken(folder: string, claims: readonly Claim[]): void {
  for (const { path, owner } of claims) {
    if (!owner || !mayBeRunning(owner)) continue;
    throw new RunStoreError(
      `${folder}: another process (pid ${owner.pid} on host ${owner.host}, started ${owner.started}) ` +
        `is using this folder; wait until it ends, or delete ${path} if it runs no more`,
    );
  }
}

function goneError(path: string): RunStoreError {
  return new RunStoreError(
    `${path}: is gone, so that another process may use this run folder; wait until no other one does, ` +
      'and continue the run with --resume',
  );
}

/** Whether the claim is this process's now; false if another one was faster. */
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

/** Who claims; whoever is slow to write it sees the others when it looks again. */
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
