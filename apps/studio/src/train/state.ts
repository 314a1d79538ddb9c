import { batch, computed, signal } from '@preact/signals';
import { defaultSettings } from './defaults.ts';
import type {
  DataSource,
  Estimate,
  Layer,
  LoadedData,
  Message,
  Request,
  RunFile,
  TrainSettings,
} from './messages.ts';
import { forgetRun, savedRuns, saveRun, type SavedRun } from './savedRuns.ts';

/** What the page shows of training. The worker computes; messages from it change this. */

export type Activity = 'idle' | 'loading' | 'estimating' | 'training' | 'stopping';
type Spending = Readonly<Record<'training' | 'analysis' | 'total', number>>;

export interface EpochPoint {
  readonly epoch: number;
  readonly epsilon: number;
  readonly accuracy: number | null;
}

export interface RunProgress {
  readonly run: SavedRun;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly done: number;
  readonly resumed: boolean;
  readonly lostSteps: number;
  readonly layers: readonly Layer[];
  readonly examplesPerSecond: number;
  readonly spent: Spending | null;
  readonly epochs: readonly EpochPoint[];
  /** Formats of the layers by epoch. */
  readonly schedule: ReadonlyMap<number, Readonly<Record<string, string>>>;
  readonly probabilities: Readonly<Record<string, number>> | null;
  readonly impacts: Readonly<Record<string, number>> | null;
  /** How it ended; null while it runs. */
  readonly stopped: string | null;
}

export const activity = signal<Activity>('idle');
export const backend = signal<Extract<Message, { kind: 'backend' }> | null>(null);
export const source = signal<DataSource | null>(null);
export const data = signal<LoadedData | null>(null);
export const settings = signal<TrainSettings>(defaultSettings);
export const estimate = signal<Estimate | null>(null);
export const progress = signal<RunProgress | null>(null);
/** Files of the run that they were asked of last. */
export const files = signal<{ run: string; files: readonly RunFile[] } | null>(null);
export const problem = signal<string | null>(null);
export const runs = signal<readonly SavedRun[]>([]);

/** Shows what the page remembers. */
async function renewRuns(): Promise<void> {
  runs.value = await savedRuns();
}
void renewRuns();

export const isBusy = computed(() => activity.value !== 'idle');

/** Seconds that are left, at the speed of this part of the run. */
export const secondsLeft = computed(() => {
  const run = progress.value;
  if (!run || run.examplesPerSecond === 0) return null;
  return ((run.steps - run.done) * run.run.settings.batchSize) / run.examplesPerSecond;
});

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const ask = (request: Request) => {
  worker.postMessage(request);
};
worker.onerror = ({ message }) => {
  fail(`the worker stopped: ${message}; reload the page to go on`);
};
worker.onmessage = ({ data: message }: MessageEvent<Message>) => {
  batch(() => {
    receive(message);
  });
};

function fail(message: string): void {
  problem.value = message;
  activity.value = 'idle';
}

export function load(from: DataSource): void {
  batch(() => {
    source.value = from;
    activity.value = 'loading';
    data.value = estimate.value = problem.value = null;
  });
  ask({ kind: 'load', source: from });
}

export function askForEstimate(): void {
  activity.value = 'estimating';
  problem.value = null;
  ask({ kind: 'estimate', settings: settings.value });
}

/** Begins a run, or goes on with one. It is remembered before anything is charged. */
export async function train(saved?: SavedRun): Promise<void> {
  const run = saved ?? {
    name: `${data.value!.name} ${new Date().toISOString().slice(0, 19).replace('T', ' ')}`,
    settings: settings.value,
    data: data.value!.name,
    isBuiltIn: source.value?.kind === 'digits',
    isFinished: false,
  };
  // Else the browser may delete what was spent when the disk is full.
  void navigator.storage?.persist?.();
  batch(() => {
    settings.value = run.settings;
    activity.value = 'training';
    problem.value = null;
    files.value = null;
    progress.value = emptyProgress(run);
  });
  try {
    await saveRun(run);
  } catch (error) {
    fail(`the run cannot be remembered: ${(error as Error).message}; nothing was charged`);
    return;
  }
  await renewRuns();
  ask({ kind: 'train', settings: run.settings, run: run.name });
}

export function stop(): void {
  activity.value = 'stopping';
  ask({ kind: 'stop' });
}

export function askForFiles(run: SavedRun): void {
  ask({ kind: 'files', run: run.name });
}

/** Removes a run; the page forgets it once its ledger is gone. */
export function remove(run: SavedRun): void {
  ask({ kind: 'remove', run: run.name });
}

function emptyProgress(run: SavedRun): RunProgress {
  return {
    run,
    ...{ steps: 0, stepsPerEpoch: 0, done: 0, resumed: false, lostSteps: 0, layers: [] },
    ...{ examplesPerSecond: 0, spent: null, epochs: [], schedule: new Map() },
    ...{ probabilities: null, impacts: null, stopped: null },
  };
}

function change(changes: Partial<RunProgress>): void {
  if (progress.value) progress.value = { ...progress.value, ...changes };
}

function receive(message: Message): void {
  switch (message.kind) {
    case 'backend':
      backend.value = message;
      return;
    case 'loaded':
      data.value = message.data;
      activity.value = 'idle';
      return;
    case 'estimated':
      estimate.value = message.estimate;
      activity.value = 'idle';
      return;
    case 'begin': {
      const { firstStep: done, kind, ...of } = message;
      change({ ...of, done });
      return;
    }
    case 'decision': {
      const { epoch, formats, probabilities } = message;
      const schedule = new Map(progress.value?.schedule).set(epoch, formats);
      change({ schedule, probabilities });
      return;
    }
    case 'impacts':
      change({ impacts: message.impacts });
      return;
    case 'step': {
      const { steps: done, examplesPerSecond, spent } = message;
      change({ done, examplesPerSecond, ...(spent && { spent }) });
      return;
    }
    case 'epoch': {
      const { kind, ...point } = message;
      change({ epochs: [...(progress.value?.epochs ?? []), point] });
      return;
    }
    case 'ended':
      ended(message);
      return;
    case 'files':
      files.value = message;
      return;
    case 'removed':
      void forgetRun(message.run).then(renewRuns);
      return;
    case 'failed':
      fail(message.message);
      return;
  }
}

function ended({ stopped, epsilon, accuracy }: Extract<Message, { kind: 'ended' }>): void {
  const run = progress.value?.run;
  if (!run) return;
  const isFinished = stopped !== 'interrupted';
  void saveRun({ ...run, isFinished }).then(renewRuns);
  activity.value = 'idle';
  change({ stopped });
  if (!isFinished) return;
  const epochs = progress.value!.epochs;
  if (epochs.length === 0) change({ epochs: [{ epoch: 0, epsilon, accuracy }] });
  askForFiles(run);
}
