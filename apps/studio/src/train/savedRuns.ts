import { openDB, type DBSchema } from 'idb';
import type { TrainSettings } from './messages.ts';

/** A run of this browser, as the page remembers it: its ledger and weights are beside it. */
export interface SavedRun {
  readonly name: string;
  readonly settings: TrainSettings;
  /** What the data were called; the data themselves are not kept. */
  readonly data: string;
  readonly isBuiltIn: boolean;
  readonly isFinished: boolean;
}

interface SavedRunSchema extends DBSchema {
  runs: { key: string; value: SavedRun };
}

// Not in localStorage, which browsers write to the disk seconds later: a crash in between would
// leave a ledger that nobody finds.
const database = openDB<SavedRunSchema>('dpquant-studio', 1, {
  upgrade(opened) {
    opened.createObjectStore('runs', { keyPath: 'name' });
  },
});

/** The runs that the page remembers. */
export async function savedRuns(): Promise<SavedRun[]> {
  return (await database).getAll('runs');
}

/** Remembers a run, in place of what was known of it: on the disk when this resolves. */
export async function saveRun(run: SavedRun): Promise<void> {
  const writing = (await database).transaction('runs', 'readwrite', { durability: 'strict' });
  await Promise.all([writing.store.put(run), writing.done]);
}

export async function forgetRun(name: string): Promise<void> {
  await (await database).delete('runs', name);
}
