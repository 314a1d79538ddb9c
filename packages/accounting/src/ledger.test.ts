import { describe, expect, it } from '@jest/globals';
import { composed, gaussian, poissonSampled, selfComposed } from './events.ts';
import { PrivacyLedger } from './ledger.ts';
import type { LedgerFile } from './ledger.ts';
import { RdpAccountant } from './rdpAccountant.ts';

const step = poissonSampled(0.01, gaussian(1));
const look = poissonSampled(0.02, gaussian(4));

const example = (): PrivacyLedger =>
  new PrivacyLedger()
    .record(step, 'training', 900)
    .record(look, 'analysis')
    .record(step, 'training', 100);

const asFile = (ledger: PrivacyLedger): LedgerFile =>
  JSON.parse(JSON.stringify(ledger)) as LedgerFile;

describe('PrivacyLedger', () => {
  it('keeps equal steps in a row as one entry, and only those', () => {
    const ledger = new PrivacyLedger();
    for (let index = 0; index < 1000; index++) ledger.record(step, 'training');
    ledger
      .record(step, 'analysis')
      .record(look, 'analysis')
      .record(step, 'training', 1e9)
      .record(step, 'training', 0);
    expect(ledger.entries).toEqual([
      { event: step, label: 'training', count: 1000 },
      { event: step, label: 'analysis', count: 1 },
      { event: look, label: 'analysis', count: 1 },
      { event: step, label: 'training', count: 1e9 },
    ]);
  });

  it('adds up what its entries spend, all of them or those of a label', () => {
    const both = new RdpAccountant().compose(step, 1000).compose(look).epsilon(1e-5);
    const training = new RdpAccountant().compose(step, 1000).epsilon(1e-5);
    const options = { accountant: 'rdp' } as const;
    expect(example().epsilon(1e-5, options)).toBe(both);
    expect(example().epsilon(1e-5, { ...options, label: 'training' })).toBe(training);
    expect(new PrivacyLedger().epsilon(1e-5)).toBe(0);
  });

  it('cannot be changed from outside', () => {
    const ledger = example();
    (ledger.entries as unknown[]).pop();
    const event = { kind: 'gaussian' as const, noiseMultiplier: 1 };
    ledger.record(event, 'training');
    event.noiseMultiplier = 100;
    expect(ledger.entries).toHaveLength(4);
    expect(ledger.entries[3]!.event).toEqual(gaussian(1));
  });

  it('survives JSON', () => {
    const ledger = example().record(composed([selfComposed(gaussian(0.1 + 0.2), 3)]), 'analysis');
    const copy = PrivacyLedger.fromJSON(asFile(ledger));
    expect(copy.entries).toEqual(ledger.entries);
    expect(asFile(copy)).toEqual(asFile(ledger));
  });

  it.each<[string, (file: LedgerFile) => unknown, string]>([
    ['a count made smaller', (file) => edit(file, { count: 1 }), 'checksum'],
    [
      'noise made larger',
      (file) => edit(file, { event: poissonSampled(0.01, gaussian(9)) }),
      'checksum',
    ],
    ['another label', (file) => edit(file, { label: 'analysis' }), 'checksum'],
    [
      'a missing last entry',
      (file) => ({ ...file, entries: file.entries.slice(0, -1) }),
      'checksum',
    ],
    [
      'exchanged entries',
      (file) => ({ ...file, entries: [...file.entries].reverse() }),
      'checksum',
    ],
    ['another checksum', (file) => ({ ...file, checksum: '0'.repeat(16) }), 'checksum'],
    ['no checksum', (file) => ({ ...file, checksum: undefined }), 'checksum'],
    [
      'an entry cut in two',
      (file) => edit(file, { count: 450 }, { ...file.entries[0]!, count: 450 }),
      'checksum',
    ],
    ['no entries', (file) => ({ ...file, entries: undefined }), 'truncated'],
    ['a newer version', (file) => ({ ...file, version: 2 }), 'version 1, got 2'],
    ['another format', (file) => ({ ...file, format: 'other' }), 'format "dpquant-ledger"'],
    ['nothing', () => undefined, 'format'],
    ['text', () => 'ledger', 'format'],
    ['an empty entry', (file) => ({ ...file, entries: [null] }), 'event'],
    ['an unknown event', (file) => edit(file, { event: { kind: 'cauchy' } }), 'event.kind'],
    ['an unknown label', (file) => edit(file, { label: 'fun' }), 'label'],
    ['a negative count', (file) => edit(file, { count: -1 }), 'count'],
    ['a missing count', (file) => edit(file, { count: undefined }), 'count'],
  ])('refuses a file with %s', (_, change, message) => {
    const changed = change(asFile(example()));
    expect(() => PrivacyLedger.fromJSON(changed)).toThrow(message);
  });

  it('refuses to record what is not an event, a label or a count', () => {
    const ledger = new PrivacyLedger();
    expect(() => ledger.record({} as never, 'training')).toThrow(TypeError);
    expect(() => ledger.record(step, 'fun' as never)).toThrow(TypeError);
    expect(() => ledger.record(step, 'training', 0.5)).toThrow(RangeError);
    expect(ledger.entries).toEqual([]);
  });
});

/** The file with its first entry changed, and perhaps another one put after it. */
function edit(file: LedgerFile, change: object, ...more: object[]): unknown {
  return {
    ...file,
    entries: [{ ...file.entries[0], ...change }, ...more, ...file.entries.slice(1)],
  };
}
