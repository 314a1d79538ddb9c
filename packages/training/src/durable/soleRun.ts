import type { RunStore } from './runStore.ts';
import { RunStoreError } from './runStoreError.ts';

const inUse = new WeakSet<RunStore>();

/**
 * Does the work of a run as the only one of this process in a store: two at a time would each
 * replace the ledger of the other.
 *
 * @throws RunStoreError while another run uses the same object
 */
export async function asSoleRun<T>(store: RunStore, work: () => Promise<T>): Promise<T> {
  if (inUse.has(store)) {
    throw new RunStoreError(
      `${store.name}: a run of this process is using it; wait for its end, or give each run a store of its own`,
    );
  }
  inUse.add(store);
  try {
    return await work();
  } finally {
    inUse.delete(store);
  }
}
