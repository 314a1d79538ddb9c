import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb';
import { RunStoreError } from '../durable/runStoreError.ts';
import type { EpochRecord, RunRecords } from '../durable/runStore.ts';

/** The parts of a run that exist once, by name. */
export interface RunParts {
  /** JSON. */
  readonly config: string;
  /** JSON. */
  readonly ledger: string;
  readonly checkpoint: {
    readonly state: string;
    readonly name: string;
    readonly bytes: Uint8Array;
  };
  /** JSON of the artifacts without the weights and of the notes, and the weights. */
  readonly model: {
    readonly artifacts: string;
    readonly notes: string;
    readonly weights: ArrayBuffer;
  };
  /** JSON. */
  readonly summary: string;
}

interface RunSchema extends DBSchema {
  /** By run and name of the part. */
  parts: { key: [run: string, part: keyof RunParts]; value: RunParts[keyof RunParts] };
  /** By run, list and number in it. */
  records: { key: [run: string, records: RunRecords, index: number]; value: EpochRecord };
}

export type RunDatabase = IDBPDatabase<RunSchema>;
export type RunStoreName = 'parts' | 'records';
export type WritingTransaction = IDBPTransaction<RunSchema, RunStoreName[], 'readwrite'>;

/** All keys of a run in either store: in key order, arrays come after numbers and strings. */
export const keysOf = (...start: readonly string[]): IDBKeyRange =>
  IDBKeyRange.bound([...start], [...start, []]);

/** Opens the database of runs, and creates it if it is missing. */
export async function openRunDatabase(name: string): Promise<RunDatabase> {
  if (typeof indexedDB === 'undefined') {
    throw new RunStoreError(
      'runs: this page has no IndexedDB to keep them in; open it in an ordinary window, over https or on localhost',
    );
  }
  return explained('opened', () =>
    openDB<RunSchema>(name, 1, {
      upgrade(database) {
        database.createObjectStore('parts');
        database.createObjectStore('records');
      },
      // A page with a newer version waits for this one.
      blocking: (_before, _after, event) => (event.target as IDBDatabase).close(),
    }),
  );
}

/** Runs `body`; errors of the browser become a RunStoreError with the remedy. */
export async function explained<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    const remedy =
      error.name === 'QuotaExceededError'
        ? 'the browser has no more room: remove other runs, or free space on the disk'
        : 'reload the page, and look whether the browser keeps data of this site';
    throw new RunStoreError(`run: cannot be ${what} (${error.name}: ${error.message}); ${remedy}`, {
      cause: error,
    });
  }
}

/**
 * One transaction with strict durability: when this resolves, everything is on the disk and not
 * only passed to the operating system; if it rejects, nothing is changed.
 *
 * @param act must await nothing but the transaction
 */
export async function writeDurably(
  database: RunDatabase,
  what: string,
  stores: readonly RunStoreName[],
  act: (transaction: WritingTransaction) => Promise<void>,
): Promise<void> {
  await explained(what, async () => {
    const transaction = database.transaction([...stores], 'readwrite', { durability: 'strict' });
    try {
      await act(transaction);
      transaction.commit();
      await transaction.done;
    } catch (error) {
      // `done` rejects as well; the first error is the reason.
      transaction.done.catch(() => undefined);
      abort(transaction);
      throw error;
    }
  });
}

function abort(transaction: WritingTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It has already ended.
  }
}
