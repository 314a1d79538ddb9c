import { describe, expect, it } from '@jest/globals';
import {
  composed,
  gaussian,
  laplace,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
} from './events.ts';
import { PrivacyLedger } from './ledger.ts';
import type { LedgerFile } from './ledger.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { RdpAccountant } from './rdp/rdpAccountant.ts';

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

  it('adds up what its entries spend, all or by label', () => {
    const both = new RdpAccountant().compose(step, 1000).compose(look).epsilon(1e-5);
    const training = new RdpAccountant().compose(step, 1000).epsilon(1e-5);
    const options = { accountant: 'rdp' } as const;
    expect(example().epsilon(1e-5, options)).toBe(both);
    expect(example().epsilon(1e-5, { ...options, label: 'training' })).toBe(training);
    expect(new PrivacyLedger().epsilon(1e-5)).toBe(0);
    expect(() => example().epsilon(0)).toThrow(RangeError);
  });

  it('keeps the name of its run in its file', () => {
    const ledger = new PrivacyLedger({ run: 'a' }).importLedger(example(), 'before');
    const read = PrivacyLedger.fromJSON(asFile(ledger));
    expect([ledger.run, read.run, example().run]).toEqual(['a', 'a', undefined]);
    expect(read.toJSON()).toEqual(ledger.toJSON());
    const { checksum } = new PrivacyLedger({ run: 'b' }).importLedger(example(), 'before').toJSON();
    expect(checksum).not.toBe(ledger.toJSON().checksum);
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
    ['another guarantee', (file) => ({ ...file, guarantee: 'none' }), 'checksum'],
    ['no guarantee', (file) => ({ ...file, guarantee: undefined }), "'none', got undefined"],
    ['another run', (file) => ({ ...file, run: 'b' }), 'checksum'],
    ['a run that is no text', (file) => ({ ...file, run: 1 as unknown as string }), 'run as text'],
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

  it('keeps the answers up to date', () => {
    const ledger = new PrivacyLedger();
    const options = { accountant: 'rdp' } as const;
    expect(ledger.epsilon(1e-5, options)).toBe(0);
    ledger.record(step, 'training', 900).record(look, 'analysis');
    const before = ledger.epsilon(1e-5, options);
    ledger.record(step, 'training', 100);
    expect(before).toBeLessThan(ledger.epsilon(1e-5, options));
    expect(ledger.epsilon(1e-5, options)).toBe(example().epsilon(1e-5, options));
    expect(ledger.epsilon(1e-5)).toBe(example().epsilon(1e-5, { accountant: 'pld' }));
  });

  it('keeps the answers for one label independent of the others', () => {
    const ledger = new PrivacyLedger().record(step, 'training', 1000);
    const options = { accountant: 'rdp', label: 'training' } as const;
    const training = ledger.epsilon(1e-5, options);
    ledger.record(look, 'analysis', 100);
    expect(ledger.epsilon(1e-5, options)).toBe(training);
    ledger.record(step, 'training');
    expect(ledger.epsilon(1e-5, options)).toBeGreaterThan(training);
  });

  it('returns what each label spent', () => {
    const { training, analysis, total } = example().spending(1e-5);
    expect(training).toBe(new PldAccountant().compose(step, 1000).epsilon(1e-5));
    expect(analysis).toBe(new PldAccountant().compose(look).epsilon(1e-5));
    expect(total).toBeGreaterThan(training);
    expect(total).toBeLessThan(training + analysis);
  });

  it('returns what is left of a budget, in ε and in steps', () => {
    const budget = { epsilon: 2, delta: 1e-5 };
    expect(example().remainingEpsilon(budget)).toBeCloseTo(2 - example().epsilon(1e-5), 12);
    const count = example().remainingCount(step, budget);
    const spentBy = (more: number) => example().record(step, 'training', more).epsilon(1e-5);
    expect(spentBy(count)).toBeLessThanOrEqual(2);
    expect(spentBy(count + 1)).toBeGreaterThan(2);
    expect(example().remainingEpsilon({ ...budget, epsilon: 1 })).toBe(0);
    expect(example().remainingCount(step, { ...budget, epsilon: 1 })).toBe(0);
  });

  it('accounts for releases at rate 1 beside sampled steps, and fits them into a budget', () => {
    const ledger = new PrivacyLedger()
      .record(gaussian(0.2), 'analysis')
      .record(poissonSampled(0.01, gaussian(1)), 'training', 100);
    const { training, analysis, total } = ledger.spending(1e-5);
    expect(total).toBeCloseTo(33.12, 3);
    expect(total).toBeGreaterThan(Math.max(training, analysis));
    expect(total).toBeLessThan(training + analysis);
    const budget = { epsilon: 34, delta: 1e-5 };
    expect(ledger.remainingEpsilon(budget)).toBeCloseTo(34 - 33.12, 3);
    expect(ledger.remainingEpsilon({ ...budget, epsilon: 33 })).toBe(0);
    for (const epsilon of [NaN, Infinity, -1]) {
      expect(() => ledger.remainingEpsilon({ ...budget, epsilon })).toThrow('epsilon: expected');
    }
    const bare = new PrivacyLedger().record(gaussian(0), 'training');
    expect(bare.remainingEpsilon(budget)).toBe(0);
    expect(bare.spending(1e-5)).toEqual({ training: Infinity, analysis: 0, total: Infinity });
  });

  it('keeps counts whose sum exceeds the largest integer in two entries', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const ledger = new PrivacyLedger().record(step, 'training', most).record(step, 'training', 2);
    expect(ledger.entries.map(({ count }) => count)).toEqual([most, 2]);
    expect(PrivacyLedger.fromJSON(asFile(ledger)).entries).toEqual(ledger.entries);
    expect(ledger.epsilon(1e-5)).toBeGreaterThan(0);
  });

  it('imports what was spent before, with its source', () => {
    const ledger = new PrivacyLedger()
      .importLedger(asFile(example()), 'pretraining')
      .record(step, 'training');
    expect(ledger.entries.map(({ source }) => source)).toEqual([
      ...new Array<string>(3).fill('pretraining'),
      undefined,
    ]);
    const options = { accountant: 'rdp' } as const;
    const expected = example().record(step, 'training').epsilon(1e-5, options);
    expect(ledger.epsilon(1e-5, options)).toBe(expected);
    expect(PrivacyLedger.fromJSON(asFile(ledger)).entries).toEqual(ledger.entries);
    const relabelled = {
      ...asFile(ledger),
      entries: edit(asFile(ledger), { source: 'elsewhere' }).entries,
    };
    expect(() => PrivacyLedger.fromJSON(relabelled)).toThrow('checksum');
  });

  it('imports a ledger without a guarantee only if it has none itself', () => {
    const seeded = new PrivacyLedger({ guarantee: 'none' }).record(step, 'training');
    const read = PrivacyLedger.fromJSON(asFile(seeded));
    expect(read.guarantee).toBe('none');
    const ledger = new PrivacyLedger();
    expect(() => ledger.importLedger(read, 'pretraining')).toThrow(
      'ledger: pretraining has no guarantee, since its noise can be reproduced',
    );
    expect(ledger.entries).toEqual([]);
    const other = new PrivacyLedger({ guarantee: 'none' }).importLedger(read, 'pretraining');
    expect(other.entries).toHaveLength(1);
  });

  it('imports all of another ledger or nothing', () => {
    const fixed = new PrivacyLedger().record(
      sampledWithoutReplacement(1, 10, gaussian(1)),
      'training',
    );
    const ledger = example();
    expect(() => ledger.importLedger(fixed, 'elsewhere')).toThrow('adding or removing');
    expect(() => ledger.importLedger({ ...asFile(fixed), checksum: '' }, 'elsewhere')).toThrow(
      'checksum',
    );
    expect(ledger.entries).toEqual(example().entries);
    expect(ledger.importLedger(ledger, 'itself').entries).toHaveLength(6);
  });

  it('does not record events that no accountant can combine', () => {
    const ledger = example();
    const event = poissonSampled(0.1, composed([gaussian(1), laplace(1)]));
    expect(() => ledger.record(event, 'training')).toThrow(TypeError);
    expect(ledger.entries).toEqual(example().entries);
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
function edit(file: LedgerFile, change: object, ...more: object[]): { entries: unknown[] } {
  return {
    ...file,
    entries: [{ ...file.entries[0], ...change }, ...more, ...file.entries.slice(1)],
  };
}
