import { RunStoreError } from '../durable/runStoreError.ts';

/** The exclusive right of this page or worker to write to a run. */
export interface RunLock {
  /** @throws RunStoreError once it was released or taken by another page */
  requireHeld(): void;
  /** Resolves once others can take it. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a run; the browser releases it when the page or worker ends.
 *
 * @throws RunStoreError when another page or worker has it
 */
export async function lockRun(database: string, run: string): Promise<RunLock> {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
  if (!locks) {
    throw new RunStoreError(
      `${run}: this page has no Web Locks, so that two of them could write to one run; open it over https or on localhost`,
    );
  }
  let isHeld = true;
  let letGo: () => void = () => undefined;
  let ended: Promise<void>;
  const isTaken = await new Promise<boolean>((resolve, reject) => {
    ended = locks
      .request(`${database}/${run}`, { ifAvailable: true }, async (lock) => {
        resolve(lock !== null);
        if (!lock) return;
        await new Promise<void>((released) => {
          letGo = released;
        });
      })
      // Another page has stolen it.
      .catch(reject)
      .finally(() => {
        isHeld = false;
      });
  });
  if (!isTaken) {
    throw new RunStoreError(
      `${run}: another page or worker of this site holds the run; close it, or wait until it has ended`,
    );
  }
  return {
    requireHeld() {
      if (isHeld) return;
      throw new RunStoreError(
        `${run}: the run was closed, or another page has taken it; open it again`,
      );
    },
    async release() {
      isHeld = false;
      letGo();
      await ended;
    },
  };
}
