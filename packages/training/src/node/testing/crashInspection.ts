import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type * as tfl from '@tensorflow/tfjs-layers';
import { stripes, stripesModel, weightsOf } from '../../testing/smallRun.ts';
import { loadCheckpoint } from '../../durable/checkpoint.ts';
import { eventCount } from '../../durable/resumedLedger.ts';
import { CheckpointFolder } from '../checkpointFolder.ts';
import { thisProcess } from '../processIdentity.ts';
import { RunFolder } from '../runFolder.ts';
import { restoreDisk, SimulatedDisk, type DiskContent, type JournalEntry } from './crashes.ts';

/** A number that no process has: it is above Linux's greatest. */
const deadProcess = 999_999_999;

/** What an observer of a run knows at one moment. */
interface Observer {
  /** Number of steps of which anything was computed. */
  readonly steps: number;
  /** Weights of the possible checkpoints, of which one must be there; empty if none is due yet. */
  readonly checkpoints: readonly string[];
}

/** What a run folder holds after a crash, or the error on reading it. */
interface Recovery {
  readonly charged: number | Error;
  /** Weights of the checkpoint. */
  readonly checkpoint: string | Error;
  /** Errors found when the run was resumed. */
  readonly broken: readonly string[];
}

/**
 * Resumes a run that crashed after the given number of charges, and returns what is wrong with its
 * result.
 */
export type Resume = (path: string, charged: number) => Promise<readonly string[]>;

/** A hash of the weights. */
export function weightsHash(model: tfl.LayersModel): string {
  return createHash('sha256').update(weightsOf(model).join()).digest('hex');
}

/**
 * Tests every crash: for each prefix of the journal of a run in `<root>/run`, everything that a
 * crash after it can leave on the disk. The journal contains `step <number>` where anything is
 * computed from a step, and `begin <weights>` and `end <weights>` around each saved checkpoint.
 *
 * @returns what is wrong with the run folder after some crash, the number of crashes, and how many
 *   different ones were resumed
 */
export async function inspectAllCrashes(
  journal: readonly JournalEntry[],
  root: string,
  resume?: Resume,
) {
  const disk = new SimulatedDisk(root);
  const recoveries = new Map<string, Recovery>();
  const resumed = new Set<string>();
  const broken = new Set<string>();
  let observer: Observer = { steps: 0, checkpoints: [] };
  let crashes = 0;
  const resumeOnce: Resume = async (path, charged) => {
    const state = `${charged} ${await checkpointIn(path).catch(() => 'none')}`;
    if (!resume || resumed.has(state)) return [];
    resumed.add(state);
    return resume(path, charged).catch((error: unknown) => [
      `cannot resume: ${(error as Error).message}`,
    ]);
  };
  for (const entry of journal) {
    disk.apply(entry);
    if (entry.did === 'show') observer = informed(observer, entry.what);
    for (const content of disk.afterCrash()) {
      crashes++;
      const key = keyOf(content);
      if (!recoveries.has(key)) {
        const path = join(root, `crash ${recoveries.size}`);
        await restoreDisk(withoutProcess(content), path);
        recoveries.set(key, await recover(join(path, 'run'), resumeOnce));
        await rm(path, { recursive: true, force: true });
      }
      for (const what of judge(recoveries.get(key)!, observer)) broken.add(what);
    }
  }
  return { broken: [...broken], crashes, resumed: resumed.size };
}

function informed({ steps, checkpoints }: Observer, shown: string): Observer {
  const [what, value] = shown.split(' ') as [string, string];
  if (what === 'step') return { steps: Number(value) + 1, checkpoints };
  if (what === 'end') return { steps, checkpoints: [value] };
  return { steps, checkpoints: checkpoints.length === 0 ? [] : [checkpoints[0]!, value] };
}

/** What is wrong with a recovery, given what the observer knows. */
function judge({ charged, checkpoint, broken }: Recovery, observer: Observer): readonly string[] {
  const isNothingDue = observer.steps === 0 && observer.checkpoints.length === 0;
  if (charged instanceof Error) return isNothingDue ? [] : [`no ledger: ${charged.message}`];
  if (charged < observer.steps) return ['the ledger shows less than was computed'];
  if (checkpoint instanceof Error) {
    const mayBeNone = isNothingDue && isNone(checkpoint);
    return mayBeNone ? broken : [`no checkpoint: ${checkpoint.message}`];
  }
  if (observer.checkpoints.length > 0 && !observer.checkpoints.includes(checkpoint)) {
    return ['the checkpoint is neither the previous nor the new one'];
  }
  return broken;
}

async function recover(path: string, resume: Resume): Promise<Recovery> {
  const charged = await chargedIn(path).catch((error: unknown) => error as Error);
  const checkpoint = await checkpointIn(path).catch((error: unknown) => error as Error);
  const goesOn =
    typeof charged === 'number' && (typeof checkpoint === 'string' || isNone(checkpoint));
  return { charged, checkpoint, broken: goesOn ? await resume(path, charged) : [] };
}

function isNone({ message }: Error): boolean {
  return message.includes('there is none');
}

/** Number of events in the ledger of a run. */
export async function chargedIn(path: string): Promise<number> {
  return eventCount(await (await RunFolder.open(path)).readLedger());
}

async function checkpointIn(path: string): Promise<string> {
  const model = stripesModel();
  try {
    await loadCheckpoint(new CheckpointFolder(join(path, 'checkpoint')), {
      model,
      training: stripes(),
    });
    return weightsHash(model);
  } finally {
    model.dispose();
  }
}

/** A key of the content, without locks and unfinished files, which nothing reads. */
function keyOf(content: DiskContent): string {
  const digest = createHash('sha256');
  for (const [path, held] of content) {
    if (/\.(tmp|lock)$/.test(path)) continue;
    digest.update(`${path} ${held.length} `).update(held);
  }
  return digest.digest('hex');
}

/** Marks this process, whose claim is in the journal, as ended after the crash. */
function withoutProcess(content: DiskContent): DiskContent {
  const dead = Buffer.from(`${JSON.stringify({ ...thisProcess(), pid: deadProcess })}\n`);
  return new Map([...content].map(([path, held]) => [path, path.endsWith('.lock') ? dead : held]));
}
