import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import type { ComparisonRecord } from '@dpquant/report';
import { countEpochs, readCell } from './cellFolder.ts';
import { readRecord, writeRecord } from './recordFile.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpquant-cell-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(folder, name), text);
};
const ledger = new PrivacyLedger().record(gaussian(2), 'training', 3);
const summary = {
  ...{ guarantee: 'differential privacy', epsilon: 1, accuracy: 0.9, quantizedFraction: 0.5 },
  ...{ theoreticalSpeedup: 1.2, seconds: 3, examplesPerSecond: 10, steps: 3 },
};

describe('a folder of a run', () => {
  it('may not exist yet', () => {
    expect(readCell(join(folder, 'none'))).toMatchObject({ stage: 'empty', epochs: 0 });
  });

  it('has begun with a configuration, and finished with a summary, with or without a model', () => {
    write('ledger.json', ledger);
    expect(readCell(folder).stage).toBe('empty');
    write('config.json', {});
    expect(readCell(folder).stage).toBe('begun');
    write('metrics.jsonl', '{"epoch":0}\n{"epoch":1}\n');
    write('summary.json', summary);
    const records = readCell(folder);
    expect(records).toMatchObject({ stage: 'finished', epochs: 2, summary: { accuracy: 0.9 } });
    expect(records.ledger!.entries).toEqual(ledger.entries);
  });

  it('does not count a line that is being written', () => {
    write('metrics.jsonl', '{"epoch":0}\n{"epo');
    expect(countEpochs(folder)).toBe(1);
  });

  it('is refused if the spent budget is unknown', () => {
    write('config.json', {});
    expect(() => readCell(folder)).toThrow(/ledger\.json: is missing, .*restore it/);
    write('ledger.json', JSON.stringify(ledger).replace('"count":3', '"count":2'));
    expect(() => readCell(folder)).toThrow(/ledger\.json: .*checksum/);
    write('ledger.json', '{');
    expect(() => readCell(folder)).toThrow(/ledger\.json: is damaged/);
  });

  it('is refused if its summary lacks a field', () => {
    write('ledger.json', ledger);
    write('summary.json', { ...summary, seconds: 'long' });
    expect(() => readCell(folder)).toThrow(/summary\.json: seconds is "long", expected a number/);
  });
});

describe('the record in a folder', () => {
  const record: ComparisonRecord = {
    version: 2,
    score: { metric: 'accuracy', better: 'greater' },
    ...{ command: '', shared: {}, seeds: [1], splitSeed: 1, confidence: 0.95, delta: 1e-5 },
    ...{ composedEpsilon: 0, table: [], runs: [], versions: {}, machine: '' },
    guarantee: 'differential privacy',
  };

  it('is read as written, and null if there is none', () => {
    const inner = join(folder, 'inner');
    expect(readRecord(inner)).toBeNull();
    writeRecord(inner, record);
    expect(readRecord(inner)).toEqual(record);
  });

  it('is refused if it is damaged or of another version', () => {
    mkdirSync(join(folder, 'inner'));
    write('comparison.json', '{');
    expect(() => readRecord(folder)).toThrow(/comparison\.json: is damaged/);
    for (const changes of [{ version: 3 }, { score: undefined }, { score: 'accuracy' }]) {
      write('comparison.json', { ...record, ...changes });
      expect(() => readRecord(folder)).toThrow(/expected the record of a comparison, version 1 or/);
    }
  });

  it('compares accuracies in version 1, and is written in the current version', () => {
    const accuracy = { mean: 0.9, standardDeviation: null, n: 1 };
    const { score, ...rest } = record;
    const run = { cell: 'a', row: 'a', seed: 1, state: 'finished', accuracy: 0.9 };
    mkdirSync(join(folder, 'inner'));
    write('comparison.json', {
      ...{ ...rest, version: 1, runs: [run] },
      table: [{ row: 'a', label: 'a', accuracy, accuracyOverSubsets: accuracy, difference: null }],
    });
    const read = readRecord(folder)!;
    expect(read).toMatchObject({ version: 2, score, runs: [{ score: 0.9 }] });
    expect(read.table[0]).toEqual({
      ...{ row: 'a', label: 'a', score: accuracy, scoreOverSubsets: accuracy, difference: null },
    });
    writeRecord(folder, read);
    expect(readRecord(folder)).toEqual(read);
  });
});
