import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import { stripes, stripesModel, weightsOf } from '../testing/smallRun.ts';
import { loadCheckpoint } from './checkpoint.ts';
import { eventCount } from './resumedLedger.ts';
import { RunFolder } from './runFolder.ts';
import {
  journaled,
  restoreDisk,
  SimulatedDisk,
  type DiskContent,
  type JournalEntry,
} from './testing/crashes.ts';
import { resumeDurableRun, startDurableRun, type DurableRunOptions } from './testing/durableRun.ts';

jest.setTimeout(60_000);

/** Three epochs, the last one cut short. */
const steps = 5;
const insecureSeed = 9;
/** No process has this number: it is above the greatest that Linux gives. */
const deadProcess = 999_999_999;

let root: string;
beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterEach(() => rm(root, { recursive: true }));

const hash = (value: string) => createHash('sha256').update(value).digest('hex').slice(0, 12);
const hashOf = (model: tfl.LayersModel) => hash(weightsOf(model).join());

/** What a run does to the disk, and what could be seen of it from outside in between. */
async function journalOf(options: Partial<DurableRunOptions> = {}): Promise<JournalEntry[]> {
  const journal: JournalEntry[] = [];
  const show = (what: string) => journal.push({ did: 'show', what });
  const { privacyUnits, ...data } = stripes();
  let step = 0;
  const training: Dataset = {
    ...data,
    privacyUnits,
    read(rows, readOptions) {
      show(`step ${step}`);
      return stripes().read(rows, readOptions);
    },
  };
  await startDurableRun(join(root, 'run'), {
    steps,
    training,
    files: journaled(journal),
    callbacks: {
      onStepEnd() {
        show(`step ${step++}`);
      },
    },
    onSave: (when, model) => show(`${when} ${hashOf(model)}`),
    ...options,
  });
  return journal;
}

/** What somebody who watches a run knows at one moment. */
interface Observer {
  /** Steps of which anything was computed. */
  readonly steps: number;
  /** Weights of the checkpoints of which one has to be there; empty if none is due yet. */
  readonly checkpoints: readonly string[];
}

/** What there is in a run folder after a crash, or why there is not. */
interface Recovery {
  readonly charged: number | Error;
  /** Weights of the checkpoint. */
  readonly checkpoint: string | Error;
  /** What went wrong when the run was resumed. */
  readonly broken: readonly string[];
}

/** Goes through every prefix of a journal, and through all that a crash behind it can leave. */
async function inspectAllCrashes(
  journal: readonly JournalEntry[],
  { seed, goOn = true }: { seed?: number; goOn?: boolean } = {},
) {
  const disk = new SimulatedDisk(root);
  const recoveries = new Map<string, Recovery>();
  const resumed = new Set<string>();
  const broken = new Set<string>();
  let observer: Observer = { steps: 0, checkpoints: [] };
  let saved: string[] = [];
  let crashes = 0;
  for (const entry of journal) {
    disk.apply(entry);
    if (entry.did === 'show') {
      const [what, value] = entry.what.split(' ') as [string, string];
      if (what === 'step') observer = { ...observer, steps: Number(value) + 1 };
      else {
        if (what === 'end') saved = [value];
        observer = { ...observer, checkpoints: saved.length === 0 ? [] : [...saved, value] };
      }
    }
    for (const content of disk.afterCrash()) {
      crashes++;
      const key = keyOf(content);
      let recovery = recoveries.get(key);
      if (!recovery) {
        const path = join(root, `crash ${recoveries.size}`);
        await restoreDisk(withoutProcess(content), path);
        recovery = await recover(join(path, 'run'));
        const { charged, checkpoint } = recovery;
        const isNew
        recoveries.set(key, recovery);
        await rm(path, { recursive: true, force: true });
      }
      for (const what of judge(recovery, observer)) broken.add(what);
    }
  }
  return { broken: [...broken], crashes, resumed: resumed.size };
}

/** Tells contents apart, but for unfinished files, which nothing reads, and locks. */
function keyOf(content: DiskContent): string {
  const digest = createHash('sha256');
  for (const [path, held] of content) {
    if (/\.(tmp|lock)$/.test(path)) continue;
    digest.update(`${path} ${held.length} `).update(held);
  }
  return digest.digest('hex');
}

/** The process of the journal, which is this one, is dead after its crash. */
function withoutProcess(content: DiskContent): DiskContent {
  const dead = Buffer.from(`${JSON.stringify({ ...thisProcess(), pid: deadProcess })}\n`);
  return new Map([...content].map(([path, held]) => [path, path.endsWith('.lock') ? dead : held]));
}

/** What is wrong with a recovery in the eyes of an observer. */
function judge({ charged, checkpoint, broken }: Recovery, observer: Observer): readonly string[] {
  const isNothingDue = observer.steps === 0 && observer.checkpoints.length === 0;
  if (charged instanceof Error) return isNothingDue ? [] : [`no ledger: ${charged.message}`];
  if (charged < observer.steps) return ['the ledger shows less than was computed'];
  if (checkpoint instanceof Error) {
    const isNone = /there is none/.test(checkpoint.message);
    return isNothingDue && isNone ? [] : [`no checkpoint: ${checkpoint.message}`];
  }
  if (observer.checkpoints.length > 0 && !observer.checkpoints.includes(checkpoint)) {
    return ['the checkpoint is neither the previous nor the new one'];
  }
  return broken;
}

async function recover(path: string, resumed: Set<string>, seed?: number): Promise<Recovery> {
  const charged = await readCharged(path).catch((error: Error) => error);
  const model = stripesModel();
  const checkpoint = await loadCheckpoint(join(path, 'checkpoint'), { model, training: stripes() })
    .then(() => hashOf(model))
    .catch((error: Error) => error);
  model.dispose();
  const isComplete = typeof charged === 'number' && typeof checkpoint === 'string';
  const key = `${charged} ${checkpoint}`;
  if (!isComplete || resumed.has(key)) return { charged, checkpoint, broken: [] };
  resumed.add(key);
  return { charged, checkpoint, broken: await resume(path, charged, seed).catch(cannotResume) };
}

const cannotResume = ({ message }: Error) => [`cannot resume: ${message}`];

async function readCharged(path: string): Promise<number> {
  return eventCount(await (await RunFolder.open(path)).readLedger());
}

async function resume(path: string, charged: number, seed?: number): Promise<string[]> {
  let computed = 0;
  const { stopped, model } = await resumeDurableRun(path, {
    steps,
    insecureSeed: seed,
    callbacks: { onStepEnd: () => void computed++ },
    files: journaled([]),
  });
  const total = await readCharged(path);
  const weights = hashOf(model);
  model.dispose();
  if (total > steps) return [`${total} steps charged of ${steps} planned`];
  if (seed === undefined) {
    // Each step was either charged before the crash or after it, also where it was computed twice.
    return total === charged + computed ? [] : ['a step was computed that is not charged'];
  }
  if (stopped !== 'finished' || total !== steps) return [`${stopped} after ${total} charges`];
  return weights === (await wholeRun()) ? [] : ['other weights than of a run never stopped'];
}

let whole: string | undefined;
async function wholeRun(): Promise<string> {
  if (whole === undefined) {
    const path = join(root, 'whole');
    const { model } = await startDurableRun(path, { steps, insecureSeed });
    whole = hashOf(model);
  }
  return whole;
}

describe('after a crash at any moment', () => {
  it('the ledger shows all that was computed, and a run goes on within its plan', async () => {
    const { broken, crashes, resumed } = await inspectAllCrashes(await journalOf());
    expect(broken).toEqual([]);
    expect(crashes).toBeGreaterThan(300);
    expect(resumed).toBeGreaterThan(8);
  });

  it('a run under an insecure seed ends as if it had never stopped, charged once', async () => {
    const journal = await journalOf({ insecureSeed });
    const { broken, resumed } = await inspectAllCrashes(journal, insecureSeed);
    expect(broken).toEqual([]);
    expect(resumed).toBeGreaterThan(8);
  });
});

describe('these crashes find', () => {
  it('a run that charges a step after it', async () => {
    let late: PrivacyLedger | null = null;
    const journal = await journalOf({
      writeLedger: async (folder, ledger) => {
        if (late) await folder.writeLedger(late);
        late = PrivacyLedger.fromJSON(JSON.parse(JSON.stringify(ledger)));
      },
    });
    expect((await inspectAllCrashes(journal)).broken).toContain(
      'the ledger shows less than was computed',
    );
  });

  it.each(['sync', 'sync folder'])('a run that forgets to %s', async (forgotten) => {
    const journal = await journalOf();
    const [from, to] = ['step 0', 'step 2'].map((shown) =>
      journal.findIndex((entry) => entry.did === 'show' && entry.what === shown),
    ) as [number, number];
    const epoch = journal.slice(from, to).filter(({ did }) => did !== forgotten);
    const { broken } = await inspectAllCrashes([...journal.slice(0, from), ...epoch]);
    expect(broken.join()).toMatch(/no ledger|the ledger shows less/);
    expect(broken.join()).toMatch(/checkpoint/);
  });
});
