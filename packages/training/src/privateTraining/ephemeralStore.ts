import { PrivacyLedger } from '@dpquant/accounting';
import type { EpochRecord, RunRecords, RunStage, RunStore } from '../durable/runStore.ts';

/**
 * Store of a run that is not kept: ledger and records stay in memory for the result. Such a run
 * cannot be resumed after a crash.
 */
export class EphemeralStore implements RunStore {
  readonly name = 'a run without a store';
  readonly #records: Record<RunRecords, EpochRecord[]> = { metrics: [], schedule: [] };
  #ledger: PrivacyLedger | null = null;
  #isFinished = false;

  async stage(): Promise<RunStage> {
    if (this.#isFinished) return 'finished';
    return this.#ledger ? 'begun' : 'empty';
  }

  async begin(ledger: PrivacyLedger): Promise<void> {
    this.#ledger = ledger;
  }

  /** A copy. */
  async readLedger(): Promise<PrivacyLedger> {
    return PrivacyLedger.fromJSON(JSON.parse(JSON.stringify(this.#ledger)));
  }

  async writeLedger(ledger: PrivacyLedger): Promise<void> {
    this.#ledger = ledger;
  }

  async readCheckpoint(): Promise<null> {
    return null;
  }

  async writeCheckpoint(): Promise<void> {
    // Not kept: the run is never resumed.
  }

  async appendRecord(records: RunRecords, record: EpochRecord): Promise<void> {
    this.#records[records].push(record);
  }

  async readRecords(records: RunRecords): Promise<readonly EpochRecord[]> {
    return [...this.#records[records]];
  }

  async truncateRecords(records: RunRecords, count: number): Promise<void> {
    this.#records[records].splice(count);
  }

  async writeModel(): Promise<void> {
    // The caller has the model.
  }

  async writeSummary(): Promise<void> {
    this.#isFinished = true;
  }
}
