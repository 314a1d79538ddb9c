import type * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import type { StoredCheckpoint } from '../durable/checkpoint.ts';
import type { EpochRecord, RunRecords, RunStage, RunStore } from '../durable/runStore.ts';
import type { RunSummary } from '../durable/runSummary.ts';
import { weightsOf } from './smallRun.ts';

/** A store in memory that uses nothing specific to Node, as a browser's store would. */
export class MemoryStore implements RunStore {
  readonly name = 'memory';
  /** Operations in order, for tests of the order. */
  readonly done: string[] = [];
  readonly records: Record<RunRecords, EpochRecord[]> = { metrics: [], schedule: [] };
  ledger: string | null = null;
  config: unknown = null;
  checkpoint: { state: string; name: string; bytes: Uint8Array } | null = null;
  model: { weights: number[]; notes: Readonly<Record<string, unknown>> } | null = null;
  summary: RunSummary | null = null;

  async stage(): Promise<RunStage> {
    if (this.summary) return 'finished';
    return this.config === null ? 'empty' : 'begun';
  }

  async begin(ledger: PrivacyLedger, config: unknown): Promise<void> {
    await this.writeLedger(ledger);
    this.config = JSON.parse(JSON.stringify(config));
  }

  async readLedger(): Promise<PrivacyLedger> {
    return PrivacyLedger.fromJSON(JSON.parse(this.ledger!));
  }

  async writeLedger(ledger: PrivacyLedger): Promise<void> {
    this.done.push('ledger');
    this.ledger = JSON.stringify(ledger);
  }

  async readCheckpoint(): Promise<StoredCheckpoint | null> {
    const { checkpoint, name } = this;
    if (!checkpoint) return null;
    const values = async (wanted: string) =>
      wanted === checkpoint.name ? Uint8Array.from(checkpoint.bytes) : null;
    return { name, state: checkpoint.state, values };
  }

  async writeCheckpoint(
    state: string,
    { name, bytes }: { name: string; bytes: Uint8Array },
  ): Promise<void> {
    this.done.push('checkpoint');
    this.checkpoint = { state, name, bytes: Uint8Array.from(bytes) };
  }

  async appendRecord(records: RunRecords, record: EpochRecord): Promise<void> {
    this.done.push(records);
    this.records[records].push(JSON.parse(JSON.stringify(record)) as EpochRecord);
  }

  async readRecords(records: RunRecords): Promise<readonly EpochRecord[]> {
    return structuredClone(this.records[records]);
  }

  async truncateRecords(records: RunRecords, count: number): Promise<void> {
    this.records[records] = this.records[records].slice(0, count);
  }

  async writeModel(
    model: tfl.LayersModel,
    notes: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.done.push('model');
    this.model = { weights: weightsOf(model), notes };
  }

  async writeSummary(summary: RunSummary): Promise<void> {
    this.done.push('summary');
    this.summary = summary;
  }
}

/** Everything that a store holds now. */
export function snapshot({ ledger, config, checkpoint, records, done }: MemoryStore) {
  return structuredClone({ ledger, config, checkpoint, records, done });
}

/** What a finished run has left, without times. */
export function lasting({ ledger, records, model, summary }: MemoryStore) {
  const { seconds, examplesPerSecond, analyses, ...rest } = summary!;
  return { ledger, records, model, summary: { ...rest, analyses: analyses.count } };
}
