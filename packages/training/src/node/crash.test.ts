import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { loadModel } from '@dpquant/models/node';
import { stripes } from '../testing/smallRun.ts';
import { chargedIn, inspectAllCrashes, weightsHash } from './testing/crashInspection.ts';
import { journaled, type JournalEntry } from './testing/crashes.ts';
import { RunFolder } from './runFolder.ts';
import {
  changedStore,
  resumeDurableRun,
  startDurableRun,
  type DurableRunOptions,
} from './testing/durableRun.ts';
import { inTemporaryFolder } from './testing/temporaryFolder.ts';

jest.setTimeout(60_000);

/** Three epochs, the last one cut short. */
const steps = 5;
const insecureSeed = 9;

let root: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
inTemporaryFolder((path) => (root = path));

/** Operations of a run on the disk, and what an observer could see in between. */
async function journalOf(options: Partial<DurableRunOptions> = {}): Promise<JournalEntry[]> {
  const journal: JournalEntry[] = [];
  const show = (what: string) => journal.push({ did: 'show', what });
  const data = stripes();
  let step = 0;
  const storeOf = (folder: RunFolder, model: tfl.LayersModel) =>
    changedStore(folder, {
      async writeCheckpoint(state, values) {
        show(`begin ${weightsHash(model)}`);
        await folder.writeCheckpoint(state, values);
        show(`end ${weightsHash(model)}`);
      },
    });
  const training: Dataset = {
    ...data,
    privacyUnits: data.privacyUnits,
    read(rows, readOptions) {
      show(`step ${step}`);
      return data.read(rows, readOptions);
    },
  };
  await startDurableRun(join(root, 'run'), {
    steps,
    training,
    files: journaled(journal),
    reporter: {
      onStepEnd() {
        show(`step ${step++}`);
      },
    },
    storeOf,
    ...options,
  });
  return journal;
}

/** Resumes to the end, and counts the steps that are computed. */
async function resume(path: string, options: Partial<DurableRunOptions> = {}) {
  let computed = 0;
  const { stopped, model } = await resumeDurableRun(path, {
    steps,
    ...options,
    reporter: {
      onStepEnd: () => {
        computed++;
      },
    },
    files: journaled([]),
  });
  const weights = weightsHash(model);
  model.dispose();
  const folder = await RunFolder.open(path);
  return {
    stopped,
    weights,
    schedule: await readFile(join(path, 'schedule.jsonl'), 'utf8'),
    computed,
    total: await chargedIn(path),
    isWhole:
      (await folder.stage()) === 'finished' &&
      weightsHash(await loadModel(folder.modelPath)) === weights,
  };
}

describe('after a crash at any moment', () => {
  it('the ledger shows everything computed, and the run resumes within its plan', async () => {
    const found = await inspectAllCrashes(await journalOf(), root, async (path, charged) => {
      const { computed, total, isWhole } = await resume(path);
      if (!isWhole) return ['no model or no summary at the end'];
      if (total > steps) return [`${total} steps charged of ${steps} planned`];
      // What was lost stays charged, and what is computed again is charged again.
      return total === charged + computed ? [] : ['a step was computed that is not charged'];
    });
    expect(found.broken).toEqual([]);
    expect(found.crashes).toBeGreaterThan(1000);
    // At each of five steps the ledger may be the one before or after it.
    expect(found.resumed).toBeGreaterThan(5);
  });

  it.each([
    ['each epoch', {}],
    ['every two steps, of epochs of three', { interval: 2, stepsPerEpoch: 3 }],
  ])(
    'a run under an insecure seed that decides %s ends as if it had never stopped, charged once',
    async (_, cadence) => {
      const options = { insecureSeed, ...cadence };
      const path = join(root, 'whole');
      const { model } = await startDurableRun(path, { steps, ...options });
      const whole = weightsHash(model);
      const decided = await readFile(join(path, 'schedule.jsonl'), 'utf8');
      const journal = await journalOf(options);
      const found = await inspectAllCrashes(journal, root, async (crashed) => {
        const { stopped, total, weights, schedule } = await resume(crashed, options);
        if (stopped !== 'finished' || total !== steps) return [`${stopped} after ${total} charges`];
        if (schedule !== decided) return ['other decisions than of a run never stopped'];
        return weights === whole ? [] : ['other weights than of a run never stopped'];
      });
      expect(found.broken).toEqual([]);
      expect(found.resumed).toBeGreaterThan(5);
    },
  );
});

describe('the crash test detects', () => {
  it('a run that charges a step too late', async () => {
    let late: PrivacyLedger | null = null;
    const journal = await journalOf({
      storeOf: (folder) =>
        changedStore(folder, {
          async writeLedger(ledger) {
            if (late) await folder.writeLedger(late);
            late = PrivacyLedger.fromJSON(JSON.parse(JSON.stringify(ledger)));
          },
        }),
    });
    const { broken } = await inspectAllCrashes(journal, root);
    expect(broken).toContain('the ledger shows less than was computed');
  });

  it.each(['sync', 'sync folder'])('a run that forgets to %s for an epoch', async (forgotten) => {
    const journal = await journalOf();
    const [from, to] = ['step 0', 'step 2'].map((shown) =>
      journal.findIndex((entry) => entry.did === 'show' && entry.what === shown),
    ) as [number, number];
    const epoch = journal.slice(from, to).filter(({ did }) => did !== forgotten);
    const { broken } = await inspectAllCrashes([...journal.slice(0, from), ...epoch], root);
    expect(broken.join()).toMatch(/no ledger|the ledger shows less/);
    expect(broken.join()).toMatch(/checkpoint/);
  });
});
