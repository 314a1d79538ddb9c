import 'fake-indexeddb/auto';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { staticPolicy } from '@dpquant/scheduling';
import type { DurableRunParts } from '../durable/runParts.ts';
import { runDurably } from '../durable/runDurably.ts';
import { endingBefore } from '../testing/endingBefore.ts';
import { installFakeLocks } from '../testing/fakeLocks.ts';
import { stripes, stripesPlan, stripesRun } from '../testing/smallRun.ts';
import { IndexedDbRun } from './indexedDbRun.ts';
import { openRunDatabase } from './runDatabase.ts';

jest.setTimeout(120_000);

beforeAll(async () => {
  installFakeLocks();
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const parts = (): DurableRunParts => ({
  ...stripesRun(),
  plan: { ...stripesPlan, steps: 3, stepsPerEpoch: 2, accountant: 'rdp' },
  schedule: { policy: staticPolicy(), format: 'int8', budget: { quantizedFraction: 0.34 } },
  delta: 1e-3,
  insecureSeed: 5,
  validation: stripes(10),
});

/** A ledger of so many events. */
function ledgerOf(events: number): PrivacyLedger {
  const ledger = new PrivacyLedger();
  for (let i = 0; i < events; i++) ledger.record(gaussian(1), 'training');
  return ledger;
}

/** What a run has left, without what belongs to the clock and to its name. */
async function left(name: string) {
  const run = await IndexedDbRun.open(name);
  try {
    const { seconds, examplesPerSecond, analyses, ...summary } = (await run.readSummary())!;
    const { model, notes } = (await run.readModel())!;
    return {
      ledger: JSON.stringify(await run.readLedger()),
      records: [await run.readRecords('metrics'), await run.readRecords('schedule')],
      summary: { ...summary, run: null },
      notes: { ...notes, run: null },
      weights: model.getWeights().map((weight) => [...weight.dataSync()]),
    };
  } finally {
    await run.close();
  }
}

async function carryOut(name: string, writes = Infinity): Promise<void> {
  const run = await IndexedDbRun.open(name);
  try {
    await runDurably(endingBefore(run, writes), parts());
  } finally {
    await run.close();
  }
}

it('stores a run, which resumes as if uninterrupted wherever the page was closed', async () => {
  await carryOut('whole');
  const whole = await left('whole');
  expect(whole.records[0]).toHaveLength(2);
  expect(whole.summary).toMatchObject({ steps: 3, stopped: 'finished' });
  let count = 0;
  for (let hasEnded = true; hasEnded; count++) {
    hasEnded = await carryOut('cut', count).then(
      () => false,
      () => true,
    );
    if (hasEnded) await carryOut('cut');
    expect(await left('cut')).toEqual(whole);
    await IndexedDbRun.remove('cut');
  }
  expect(count).toBeGreaterThan(10);
  expect(await IndexedDbRun.list()).toEqual(['whole']);
});

describe('for one page at a time', () => {
  it('a run is locked', async () => {
    const run = await IndexedDbRun.open('held');
    await expect(IndexedDbRun.open('held')).rejects.toThrow(
      'held: another page or worker of this site holds the run',
    );
    const other = await IndexedDbRun.open('held', { database: 'other' });
    await run.close();
    await other.close();
    await (await IndexedDbRun.open('held')).close();
    await expect(run.writeLedger(ledgerOf(1))).rejects.toThrow('the run was closed');
  });

  it('charges of another page are not overwritten', async () => {
    const run = await IndexedDbRun.open('charged');
    await run.begin(ledgerOf(0), {});
    await run.writeLedger(ledgerOf(1));
    const database = await openRunDatabase('dpquant-runs');
    await database.put('parts', JSON.stringify(ledgerOf(3)), ['charged', 'ledger']);
    database.close();
    await expect(run.writeLedger(ledgerOf(2))).rejects.toThrow(
      'the ledger shows 3 charged events, this page knows of 1',
    );
    expect((await run.readLedger()).entries).toEqual(ledgerOf(3).entries);
    await expect(run.writeLedger(ledgerOf(2))).rejects.toThrow('at least the 3 events');
    await run.close();
  });
});

it('keeps the old content if the browser refuses a write, and names the remedy', async () => {
  const run = await IndexedDbRun.open('full');
  await run.begin(ledgerOf(1), { some: 'settings' });
  const full = jest.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
    throw new DOMException('no room', 'QuotaExceededError');
  });
  await expect(run.writeLedger(ledgerOf(2))).rejects.toThrow(
    'run: cannot be written (QuotaExceededError: no room); the browser has no more room: remove other runs',
  );
  full.mockRestore();
  expect((await run.readLedger()).entries).toEqual(ledgerOf(1).entries);
  expect(await run.readConfig()).toEqual({ some: 'settings' });
  await run.writeLedger(ledgerOf(2));
  await run.close();
});

it('refuses a run whose ledger is missing or damaged', async () => {
  const run = await IndexedDbRun.open('damaged');
  await run.begin(ledgerOf(1), {});
  const database = await openRunDatabase('dpquant-runs');
  await database.put('parts', '{"entries": 3}', ['damaged', 'ledger']);
  await expect(run.readLedger()).rejects.toMatchObject({ name: 'RunStoreError' });
  await database.delete('parts', ['damaged', 'ledger']);
  await expect(run.readLedger()).rejects.toThrow('the ledger of the run is missing');
  expect(await run.stage()).toBe('begun');
  database.close();
  await run.close();
});
