import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import { registerLayers } from '@dpquant/gradients';
import type { StoredCheckpoint } from '../durable/checkpoint.ts';
import { eventCount } from '../durable/resumedLedger.ts';
import type { EpochRecord, RunRecords, RunStage, RunStore } from '../durable/runStore.ts';
import { RunStoreError } from '../durable/runStoreError.ts';
import type { RunSummary } from '../durable/runSummary.ts';
import {
  explained,
  keysOf,
  openRunDatabase,
  writeDurably,
  type RunDatabase,
  type RunParts,
  type RunStoreName,
  type WritingTransaction,
} from './runDatabase.ts';
import { lockRun, type RunLock } from './runLock.ts';

/** Default name of the database. */
const defaultDatabase = 'dpquant-runs';

/** The trained model of a run. */
export interface StoredModel {
  readonly model: tfl.LayersModel;
  /** Notes of `runDurably` about the run, such as its ε. */
  readonly notes: Readonly<Record<string, unknown>>;
}

export interface IndexedDbRunOptions {
  /** Name of the database, which can hold many runs. Default `dpquant-runs`. */
  readonly database?: string | undefined;
}

/**
 * A run in the IndexedDB of a browser, in a page or a worker: `trainPrivately` resumes it after the
 * tab was closed or has crashed. Each write is one transaction, atomic and with strict durability:
 * the ledger is on the disk before a step is computed. Only one page or worker at a time can use a
 * run (Web Locks), until it ends or calls `close`.
 *
 * Browsers may delete a site's data when the disk is full, and users may do so too; what was spent
 * is then forgotten. `navigator.storage.persist()` asks the browser not to; keep the ledgers of
 * important runs elsewhere too.
 */
export class IndexedDbRun implements RunStore {
  readonly name: string;
  readonly #database: RunDatabase;
  readonly #lock: RunLock;
  /** Number of events in the stored ledger, once it was read or written here. */
  #charged = 0;

  private constructor(name: string, database: RunDatabase, lock: RunLock) {
    this.name = name;
    this.#database = database;
    this.#lock = lock;
  }

  /**
   * The run with the given name; a new one if there is none.
   *
   * @throws RunStoreError when another page or worker uses it, or the browser stores no data
   */
  static async open(
    name: string,
    { database: where = defaultDatabase }: IndexedDbRunOptions = {},
  ): Promise<IndexedDbRun> {
    const lock = await lockRun(where, name);
    try {
      return new IndexedDbRun(name, await openRunDatabase(where), lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Names of all runs in a database, in order. */
  static async list({ database: where = defaultDatabase }: IndexedDbRunOptions = {}): Promise<
    string[]
  > {
    const database = await openRunDatabase(where);
    try {
      const keys = await explained('listed', () => database.getAllKeys('parts'));
      return [...new Set(keys.map(([run]) => run))];
    } finally {
      database.close();
    }
  }

  /**
   * Removes a run with its ledger. What it has spent stays spent: keep its ledger if you train
   * again on data of the same people.
   *
   * @throws RunStoreError when another page or worker uses it
   */
  static async remove(name: string, options: IndexedDbRunOptions = {}): Promise<void> {
    const run = await IndexedDbRun.open(name, options);
    try {
      await run.#write('removed', ['parts', 'records'], async (transaction) => {
        await transaction.objectStore('parts').delete(keysOf(name));
        await transaction.objectStore('records').delete(keysOf(name));
      });
    } finally {
      await run.close();
    }
  }

  /** Lets other pages use the run. */
  async close(): Promise<void> {
    this.#database.close();
    await this.#lock.release();
  }

  async stage(): Promise<RunStage> {
    if ((await this.#part('summary')) !== undefined) return 'finished';
    const parts = await explained('read', () =>
      this.#database.getAllKeys('parts', keysOf(this.name)),
    );
    return parts.length === 0 ? 'empty' : 'begun';
  }

  async begin(ledger: PrivacyLedger, config: unknown): Promise<void> {
    await this.#writeLedger(ledger, { config: JSON.stringify(config) });
  }

  /** The configuration that the run was started with; undefined for an empty run. */
  async readConfig(): Promise<unknown> {
    const config = await this.#part('config');
    return config === undefined ? undefined : JSON.parse(config);
  }

  /**
   * @throws RunStoreError when the ledger is missing or was changed: what was spent is then unknown
   */
  async readLedger(): Promise<PrivacyLedger> {
    const stored = await this.#part('ledger');
    if (stored === undefined) {
      throw new RunStoreError(`${this.name}: the ledger of the run is missing; start another run`);
    }
    const ledger = ledgerOf(stored, this.name);
    this.#charged = eventCount(ledger);
    return ledger;
  }

  /**
   * @throws RangeError for a ledger with fewer events than the stored one, as far as this object
   *   knows it
   * @throws RunStoreError when another page has written to the run since; its charges are kept
   */
  async writeLedger(ledger: PrivacyLedger): Promise<void> {
    await this.#writeLedger(ledger);
  }

  async readCheckpoint(): Promise<StoredCheckpoint | null> {
    const stored = await this.#part('checkpoint');
    return stored === undefined
      ? null
      : {
          name: this.name,
          state: stored.state,
          values: async (wanted) => (wanted === stored.name ? stored.bytes : null),
        };
  }

  async writeCheckpoint(
    state: string,
    { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
  ): Promise<void> {
    await this.#putPart('checkpoint', { state, name, bytes });
  }

  async appendRecord(records: RunRecords, record: EpochRecord): Promise<void> {
    await this.#write('written', ['records'], async (transaction) => {
      const store = transaction.objectStore('records');
      const count = await store.count(keysOf(this.name, records));
      await store.put(record, [this.name, records, count]);
    });
  }

  async readRecords(records: RunRecords): Promise<readonly EpochRecord[]> {
    return explained('read', () => this.#database.getAll('records', keysOf(this.name, records)));
  }

  async truncateRecords(records: RunRecords, count: number): Promise<void> {
    const rest = IDBKeyRange.bound([this.name, records, count], [this.name, records, []]);
    await this.#write('written', ['records'], async (transaction) => {
      await transaction.objectStore('records').delete(rest);
    });
  }

  async writeModel(
    model: tfl.LayersModel,
    notes: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    let artifacts: tf.io.ModelArtifacts;
    const handler = tf.io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(given) };
    });
    await model.save(handler);
    const { weightData, ...others } = artifacts!;
    await this.#putPart('model', {
      artifacts: JSON.stringify(others),
      notes: JSON.stringify(notes),
      weights: tf.io.CompositeArrayBuffer.join(weightData),
    });
  }

  /** The trained model, which the caller owns, and its notes; undefined before the end. */
  async readModel(): Promise<StoredModel | undefined> {
    const stored = await this.#part('model');
    if (stored === undefined) return undefined;
    registerLayers();
    const artifacts = JSON.parse(stored.artifacts) as tf.io.ModelArtifacts;
    const handler = { load: async () => ({ ...artifacts, weightData: stored.weights }) };
    return {
      model: await tfl.loadLayersModel(handler),
      notes: JSON.parse(stored.notes) as StoredModel['notes'],
    };
  }

  async writeSummary(summary: RunSummary): Promise<void> {
    await this.#putPart('summary', JSON.stringify(summary));
  }

  /** The summary of a finished run; undefined before the end. */
  async readSummary(): Promise<RunSummary | undefined> {
    const summary = await this.#part('summary');
    return summary === undefined ? undefined : (JSON.parse(summary) as RunSummary);
  }

  /** Compares and writes in one transaction, so that no charge of another page is lost. */
  async #writeLedger(
    ledger: PrivacyLedger,
    others: Partial<Pick<RunParts, 'config'>> = {},
  ): Promise<void> {
    const charged = eventCount(ledger);
    if (charged < this.#charged) {
      throw new RangeError(
        `${this.name}: expected a ledger of at least the ${this.#charged} events that are charged, got ` +
          `${charged}; continue the one that readLedger returns`,
      );
    }
    await this.#write('written', ['parts'], async (transaction) => {
      const parts = transaction.objectStore('parts');
      const stored = (await parts.get([this.name, 'ledger'])) as string | undefined;
      const known = stored === undefined ? 0 : eventCount(ledgerOf(stored, this.name));
      if (known !== this.#charged) {
        throw new RunStoreError(
          `${this.name}: the ledger shows ${known} charged events, this page knows of ${this.#charged}: another page ` +
            'writes to the same run; close it, and reload this one',
        );
      }
      await parts.put(JSON.stringify(ledger), [this.name, 'ledger']);
      if (others.config !== undefined) await parts.put(others.config, [this.name, 'config']);
    });
    this.#charged = charged;
  }

  async #part<Part extends keyof RunParts>(part: Part): Promise<RunParts[Part] | undefined> {
    const found = await explained('read', () => this.#database.get('parts', [this.name, part]));
    return found as RunParts[Part] | undefined;
  }

  async #putPart<Part extends keyof RunParts>(part: Part, value: RunParts[Part]): Promise<void> {
    await this.#write('written', ['parts'], async (transaction) => {
      await transaction.objectStore('parts').put(value, [this.name, part]);
    });
  }

  async #write(
    what: string,
    stores: readonly RunStoreName[],
    act: (transaction: WritingTransaction) => Promise<void>,
  ): Promise<void> {
    this.#lock.requireHeld();
    await writeDurably(this.#database, what, stores, act);
  }
}

function ledgerOf(stored: string, run: string): PrivacyLedger {
  try {
    return PrivacyLedger.fromJSON(JSON.parse(stored));
  } catch (error) {
    throw new RunStoreError(`${run}: ${(error as Error).message}`, { cause: error });
  }
}
