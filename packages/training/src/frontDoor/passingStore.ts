import { PrivacyLedger } from '@dpquant/accounting';
import type { EpochRecord, RunRecords, RunStage, RunStore } from '../durable/runStore.ts';

/**
 * Where a run is kept that nobody keeps: its ledger and its records are in memory for the result,
 * and go with it. Such a run cannot go on after a crash.
 */
export class PassingStore implements RunStore {
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
    // Nothing goes on from it.
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
    // The caller has it.
  }

  async writeSummary(): Promise<void> {
    this.#isFinished = true;
  }
}
