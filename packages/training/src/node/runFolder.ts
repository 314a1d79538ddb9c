import * as nodeFiles from 'node:fs/promises';
import { join } from 'node:path';
import type * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import type { StoredCheckpoint } from '../durable/checkpoint.ts';
import { eventCount } from '../durable/resumedLedger.ts';
import type { EpochRecord, RunRecords, RunStage, RunStore } from '../durable/runStore.ts';
import { RunStoreError } from '../durable/runStoreError.ts';
import type { RunSummary } from '../durable/runSummary.ts';
import { CheckpointFolder } from './checkpointFolder.ts';
import {
  appendLine,
  makeFolder,
  replaceFile,
  syncFolder,
  type FileOperations,
} from './durableFile.ts';
import { lockFolder, type FolderLock } from './folderLock.ts';
import { listFolder, parseJson, parseRecord } from './readFolder.ts';
import { saveModel } from './saveModel.ts';
import { explained } from './systemErrors.ts';

/** The files of a run. The first one is what makes a folder a run. */
const runFiles = [
  'config.json',
  'metrics.jsonl',
  'schedule.jsonl',
  'ledger.json',
  'checkpoint',
  'model',
  'summary.json',
];

/** The report made from them, and the temporary file of an interrupted report. */
const pages = ['report.html', 'report.html.tmp'];

/**
 * The folder of one training run: `config.json`, `metrics.jsonl` (one line per epoch),
 * `schedule.jsonl` (one line per decision of the schedule), `ledger.json`, `checkpoint/`, `model/`,
 * `summary.json`; `report.html` is written by others. Every write is atomic and on the disk when it
 * returns. Only one process at a time can write to it, until the process ends or calls `close`.
 */
export class RunFolder implements RunStore {
  readonly path: string;
  readonly #files: FileOperations;
  readonly #checkpoint: CheckpointFolder;
  #lock: FolderLock | null;
  /** Number of events in the ledger on the disk, once it was read or written. */
  #charged = 0;

  private constructor(path: string, files: FileOperations, lock: FolderLock | null) {
    this.path = path;
    this.#files = files;
    this.#checkpoint = new CheckpointFolder(join(path, 'checkpoint'), files);
    this.#lock = lock;
  }

  /**
   * An empty folder for a new run, open for writing.
   *
   * @param force removes an existing run, and nothing else
   * @param files file operations, replaced in tests
   * @throws RunStoreError when there already is a run, another process uses the folder, or the
   *   system refuses
   */
  static async create(
    path: string,
    { force = false, files = nodeFiles }: { force?: boolean; files?: FileOperations } = {},
  ): Promise<RunFolder> {
    await makeFolder(path, files);
    const lock = await lockFolder(path, files);
    try {
      const names = await listFolder(path);
      const present = runFiles.filter((name) => names.includes(name));
      if (present.length > 0 && !force) {
        throw new RunStoreError(
          `out: ${path} already holds a run; use --resume to continue it, --force to replace it, ` +
            'or another folder',
        );
      }
      const unfinished = names.filter((name) => runFiles.some((file) => name === `${file}.tmp`));
      const madeOfThem = pages.filter((name) => present.length > 0 && names.includes(name));
      for (const name of [...present, ...unfinished, ...madeOfThem]) {
        await files.rm(join(path, name), { recursive: true });
      }
      // Otherwise a crash could leave the new configuration with the old ledger.
      if (present.length > 0) await syncFolder(path, files);
      return new RunFolder(path, files, lock);
    } catch (error) {
      await lock.release();
      throw explained('write', path, error);
    }
  }

  /**
   * The folder of an existing run.
   *
   * @param write also opens it for writing, to continue the run
   * @param files file operations, replaced in tests
   * @throws RunStoreError when there is no run, or with `write` when another process uses the
   *   folder
   */
  static async open(
    path: string,
    { write = false, files = nodeFiles }: { write?: boolean; files?: FileOperations } = {},
  ): Promise<RunFolder> {
    const names = await listFolder(path);
    if (!names.includes('config.json')) {
      const remedy = runFiles.some((name) => names.includes(name))
        ? '; the run was stopped while it was set up, or the file was removed: restore a copy of it, or start the run ' +
          'again with --force'
        : '';
      throw new RunStoreError(`${path}: there is no run (no config.json)${remedy}`);
    }
    return new RunFolder(path, files, write ? await lockFolder(path, files) : null);
  }

  /**
   * The folder of a new or an existing run, open for writing: for `runDurably`, which starts or
   * resumes the run.
   *
   * @throws RunStoreError as `create` and `open` do
   */
  static async openOrCreate(
    path: string,
    { files = nodeFiles }: { files?: FileOperations } = {},
  ): Promise<RunFolder> {
    const names = await listFolder(path);
    const isThere = runFiles.some((name) => names.includes(name));
    return isThere
      ? RunFolder.open(path, { write: true, files })
      : RunFolder.create(path, { files });
  }

  /** Lets other processes write to the folder. */
  async close(): Promise<void> {
    const lock = this.#lock;
    this.#lock = null;
    await lock?.release();
  }

  /** Its path. */
  get name(): string {
    return this.path;
  }

  get modelPath(): string {
    return join(this.path, 'model');
  }

  async writeJson(name: 'config.json' | 'summary.json', value: unknown): Promise<void> {
    await this.#replace(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  /** @throws RunStoreError when the file is missing or damaged */
  async readJson(name: 'config.json' | 'summary.json'): Promise<unknown> {
    return parseJson(join(this.path, name), await this.#read(name));
  }

  async stage(): Promise<RunStage> {
    const names = await listFolder(this.path);
    if (names.includes('summary.json')) return 'finished';
    return names.includes('config.json') ? 'begun' : 'empty';
  }

  /** The ledger is written first, so that every run has a ledger. */
  async begin(ledger: PrivacyLedger, config: unknown): Promise<void> {
    await this.writeLedger(ledger);
    await this.writeJson('config.json', config);
  }

  /** @throws RunStoreError when the system refuses */
  readCheckpoint(): Promise<StoredCheckpoint | null> {
    return this.#checkpoint.readCheckpoint();
  }

  async writeCheckpoint(state: string, values: { name: string; bytes: Uint8Array }): Promise<void> {
    this.#requireLock();
    await this.#checkpoint.writeCheckpoint(state, values);
  }

  /** `loadModel` of `@dpquant/models/node` can read it. */
  async writeModel(
    model: tfl.LayersModel,
    notes: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.#requireLock();
    await saveModel(model, this.modelPath, notes, this.#files);
  }

  async writeSummary(summary: RunSummary): Promise<void> {
    await this.writeJson('summary.json', summary);
  }

  async appendRecord(records: RunRecords, record: EpochRecord): Promise<void> {
    this.#requireLock();
    await appendLine(join(this.path, `${records}.jsonl`), JSON.stringify(record), this.#files);
  }

  /**
   * The records of a list, in order; empty before the first one. An incomplete last line, left by a
   * crash, is ignored.
   *
   * @throws RunStoreError when the system refuses
   */
  async readRecords(records: RunRecords): Promise<EpochRecord[]> {
    return (await this.#readLines(records)).flatMap((line) => parseRecord(line) ?? []);
  }

  /** Keeps the first `count` records; a resumed run writes the others again. */
  async truncateRecords(records: RunRecords, count: number): Promise<void> {
    const lines = await this.#readLines(records);
    if (lines.length === 0) return;
    // What follows may be an incomplete last line, left by a run that was killed.
    const kept = lines.slice(0, count);
    await this.#replace(`${records}.jsonl`, kept.map((line) => `${line}\n`).join(''));
  }

  async #readLines(records: RunRecords): Promise<string[]> {
    const name = `${records}.jsonl`;
    if (!(await listFolder(this.path)).includes(name)) return [];
    return (await this.#read(name)).split('\n').filter(Boolean);
  }

  /**
   * @throws RangeError for a ledger with fewer events than the file has, as far as this object
   *   knows it
   * @throws RunStoreError when another process has written to the file since; its charges are kept
   */
  async writeLedger(ledger: PrivacyLedger): Promise<void> {
    this.#requireLock();
    const charged = eventCount(ledger);
    if (charged < this.#charged) {
      throw new RangeError(
        `${this.path}: expected a ledger of at least the ${this.#charged} events that are charged, got ` +
          `${charged}; continue the one that readLedger returns`,
      );
    }
    const content = `${JSON.stringify(ledger)}\n`;
    await this.#replace('ledger.json', content, () => this.#requireOwnLedger());
    this.#charged = charged;
  }

  /**
   * @throws RunStoreError when the ledger is missing or was changed: what was spent is then unknown
   */
  async readLedger(): Promise<PrivacyLedger> {
    const ledger = await this.#parseLedger();
    this.#charged = eventCount(ledger);
    return ledger;
  }

  async #parseLedger(): Promise<PrivacyLedger> {
    const path = join(this.path, 'ledger.json');
    const value = parseJson(path, await this.#read('ledger.json'));
    try {
      return PrivacyLedger.fromJSON(value);
    } catch (error) {
      throw new RunStoreError(`${path}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Normally the lock keeps other processes out; if it failed, their charges are not overwritten.
   */
  async #requireOwnLedger(): Promise<void> {
    await this.#lock!.requireHeld();
    const hasLedger = (await listFolder(this.path)).includes('ledger.json');
    const onDisk = hasLedger ? eventCount(await this.#parseLedger()) : 0;
    if (onDisk === this.#charged) return;
    throw new RunStoreError(
      `${this.path}: the ledger shows ${onDisk} charged events, this process knows of ${this.#charged}: ` +
        'another process writes to the same run; end it, and continue the run with --resume',
    );
  }

  async #read(name: string): Promise<string> {
    const path = join(this.path, name);
    try {
      return await nodeFiles.readFile(path, 'utf8');
    } catch (error) {
      throw explained('read', path, error);
    }
  }

  async #replace(name: string, content: string, mayReplace?: () => Promise<void>): Promise<void> {
    this.#requireLock();
    await replaceFile(join(this.path, name), content, this.#files, mayReplace);
  }

  #requireLock(): void {
    if (this.#lock) return;
    throw new Error(`${this.path}: not open for writing; open it with { write: true }`);
  }
}
