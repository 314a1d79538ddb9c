import type * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { CheckpointStore } from './checkpoint.ts';
import type { RunSummary } from './runSummary.ts';

/** How far a stored run has come. */
export type RunStage = 'empty' | 'begun' | 'finished';

/** The two lists of records of a run: an entry an epoch, and one a decision of the schedule. */
export type RunRecords = 'metrics' | 'schedule';

/** What is kept of an epoch, or of a decision that begins in it, by its number from 0; JSON. */
export interface EpochRecord {
  readonly epoch: number;
  readonly [field: string]: unknown;
}

/**
 * Where one run is kept: a folder (`RunFolder` of `@dpquant/training/node`), a database of a
 * browser.
 *
 * Every write is atomic, and durable when its promise resolves: a crash at any moment leaves what
 * was there before or all of it. What is written last is what tells the stage: `begin` leaves a
 * ledger wherever it leaves a run, and whoever finds a summary finds all the rest.
 *
 * One process at a time may write. A method that cannot do as it is asked rejects with a
 * `RunStoreError` that says what to do.
 */
export interface RunStore extends CheckpointStore {
  /** What summary and messages call the run: its path, or another name. */
  readonly name: string;

  /**
   * `empty` only where nothing of a run is left. A run that has lost its ledger is `begun`, so that
   * `readLedger` refuses it: as an empty store it would begin anew, and forget what was spent.
   */
  stage(): Promise<RunStage>;

  /**
   * Makes an empty store a run.
   *
   * @param ledger what is spent before the first step
   * @param config whatever the program needs to go on with the run, as JSON; public
   */
  begin(ledger: PrivacyLedger, config: unknown): Promise<void>;

  /**
   * @throws RunStoreError when the ledger is missing or was changed: what was spent is then unknown
   */
  readLedger(): Promise<PrivacyLedger>;

  /** @throws Error for a ledger that shows less than the one that is there (`eventCount`) */
  writeLedger(ledger: PrivacyLedger): Promise<void>;

  appendRecord(records: RunRecords, record: EpochRecord): Promise<void>;

  /** The records that were appended and not cut off, in order; none of an empty store. */
  readRecords(records: RunRecords): Promise<readonly EpochRecord[]>;

  /** Keeps the first `count` records; a resumed run will write the others again. */
  truncateRecords(records: RunRecords, count: number): Promise<void>;

  /** Keeps the trained model, with notes that its readers find again. */
  writeModel(model: tfl.LayersModel, notes: Readonly<Record<string, unknown>>): Promise<void>;

  /** The end of the run. */
  writeSummary(summary: RunSummary): Promise<void>;
}
