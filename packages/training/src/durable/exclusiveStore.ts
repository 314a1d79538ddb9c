import type { RunStore } from './runStore.ts';
import { RunStoreError } from './runStoreError.ts';

const inUse = new WeakSet<RunStore>();

/**
 * Runs `work` with exclusive use of a store in this process: two runs at the same time would each
 * overwrite the ledger of the other.
 *
 * @throws RunStoreError while another run uses the same object
 */
export async function withExclusiveStore<T>(store: RunStore, work: () => Promise<T>): Promise<T> {
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
