import { existsSync, readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Launcher } from '@dpquant/experiments';
import { RunStoreError } from '@dpquant/training';
import { lockFolder, withdrawClaims } from '@dpquant/training/node';

/** Milliseconds that the run of a process that was killed has to save its state and end. */
const longestWait = 20_000;

/** Milliseconds after which a file that another machine has written is seen here (`man 5 nfs`). */
const longestDelay = 60_000;

/**
 * Waits for the run of an earlier process that has been killed: it saves its state and ends. Where
 * it was a job on another machine, which cannot be looked at, it has ended since the cluster says
 * so.
 */
export async function freeFolder(
  folder: string,
  cell: string,
  launcher: Launcher,
  signal?: AbortSignal,
): Promise<void> {
  let deadline = performance.now() + longestWait;
  let isWithdrawn = launcher.isJobOf === undefined;
  while (existsSync(folder) && !signal?.aborted) {
    try {
      await (await lockFolder(folder)).release();
      return;
    } catch (error) {
      if (!(error instanceof RunStoreError)) throw error;
      if (performance.now() > deadline) {
        if (isWithdrawn) throw error;
        await withdrawClaims(folder, (job) => launcher.isJobOf!(job, cell));
        isWithdrawn = true;
        deadline = performance.now() + 1000;
      }
      await setTimeout(250);
    }
  }
}

/**
 * Waits for the summary of a run that has ended well on another machine; what is wrong if it does
 * not come.
 */
export async function summaryProblem(
  folder: string,
  longest = longestDelay,
): Promise<string | undefined> {
  const deadline = performance.now() + longest;
  // A folder that is read anew is asked for where it is.
  while (!existsSync(folder) || !readdirSync(folder).includes('summary.json')) {
    if (performance.now() > deadline) {
      return `${folder}: its job has ended well, and there is no summary.json; give an --out that this machine shares with the cluster`;
    }
    await setTimeout(250);
  }
  return undefined;
}
