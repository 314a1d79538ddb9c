import type * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { CheckpointStore } from './checkpoint.ts';
import type { RunSummary } from './runSummary.ts';

/** Stage of a stored run. */
export type RunStage = 'empty' | 'begun' | 'finished';

/** The two lists of records of a run: one entry per epoch, and one per decision of the schedule. */
export type RunRecords = 'metrics' | 'schedule';

/** Record of an epoch, or of a decision made in it; JSON. `epoch` counts from 0. */
export interface EpochRecord {
  readonly epoch: number;
  readonly [field: string]: unknown;
}

/**
 * Where one run is kept: a folder (`RunFolder` of `@dpquant/training/node`) or a database of a
 * browser.
 *
 * Every write is atomic, and durable when its promise resolves: after a crash at any moment, the
 * content is the old one or the new one. The stage depends on what is written last: after `begin`
 * there is always a ledger, and when there is a summary, everything else is there too.
 *
 * Only one process at a time may write. A method that fails rejects with a `RunStoreError` that
 * names the remedy.
 */
export interface RunStore extends CheckpointStore {
  /** Name of the run in summary and messages: its path, or another name. */
  readonly name: string;

  /**
   * `empty` only if nothing of a run is left. A run that has lost its ledger is `begun`, so that
   * `readLedger` refuses it; as `empty` it would start again and forget what was spent.
   */
  stage(): Promise<RunStage>;

  /**
   * Starts a run in an empty store.
   *
   * @param ledger what was spent before the first step
   * @param config what the program needs to resume the run, as JSON; public
   */
  begin(ledger: PrivacyLedger, config: unknown): Promise<void>;

  /**
   * @throws RunStoreError when the ledger is missing or was changed: what was spent is then unknown
   */
  readLedger(): Promise<PrivacyLedger>;

  /** @throws Error for a ledger with fewer events than the stored one (`eventCount`) */
  writeLedger(ledger: PrivacyLedger): Promise<void>;

  appendRecord(records: RunRecords, record: EpochRecord): Promise<void>;

  /** The appended records that were not truncated, in order; none for an empty store. */
  readRecords(records: RunRecords): Promise<readonly EpochRecord[]>;

  /** Keeps the first `count` records; a resumed run writes the others again. */
  truncateRecords(records: RunRecords, count: number): Promise<void>;

  /** Stores the trained model, with notes for its readers. */
  writeModel(model: tfl.LayersModel, notes: Readonly<Record<string, unknown>>): Promise<void>;

  /** Ends the run. */
  writeSummary(summary: RunSummary): Promise<void>;
}
