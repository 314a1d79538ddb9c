import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threadedSimd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { startBackend, type StartedBackend } from '@dpquant/backends';
import type { Dataset } from '@dpquant/data';
import { createModel } from '@dpquant/models';
import { estimateTraining, trainPrivately, type PrivateTrainingOptions } from '@dpquant/training';
import { IndexedDbRun } from '@dpquant/training/browser';
import { loadData } from './loadData.ts';
import type { Message, Request, TrainSettings } from './messages.ts';
import { reporterOf } from './reporter.ts';

// Everything that computes: the page stays responsive, and the data stay in this worker.

const say = (message: Message) => {
  postMessage(message);
};

let backend: StartedBackend | undefined;
let dataset: Dataset | undefined;
let stop = new AbortController();

onmessage = async ({ data }: MessageEvent<Request>) => {
  try {
    await answer(data);
  } catch (error) {
    say({ kind: 'failed', during: data.kind, message: (error as Error).message });
  }
};

async function answer(request: Request): Promise<void> {
  switch (request.kind) {
    case 'load':
      return load(request.source);
    case 'estimate':
      return estimate(request.settings);
    case 'train':
      return train(request.settings, request.run);
    case 'stop':
      stop.abort();
      return;
    case 'files':
      return files(request.run);
    case 'remove':
      await IndexedDbRun.remove(request.run);
      say({ kind: 'removed', run: request.run });
  }
}

async function started(): Promise<StartedBackend> {
  if (backend) return backend;
  backend = await startBackend('auto', { wasmFiles: { simd, threadedSimd } });
  const { device, features, notes, passedOver } = backend;
  const others = passedOver.map(({ name, reason }) => `${name}: ${reason}`);
  say({ kind: 'backend', device, threads: features.threads, notes: [...notes, ...others] });
  return backend;
}

async function load(source: Parameters<typeof loadData>[0]): Promise<void> {
  await started();
  dataset = await loadData(source);
  const { name, count, privacyUnits, inputShape, classNames, warnings = [] } = dataset;
  const unitCount = privacyUnits.count;
  say({ kind: 'loaded', data: { name, count, unitCount, inputShape, classNames, warnings } });
}

function requireData(): Dataset {
  if (!dataset) throw new Error('data: choose the data first');
  return dataset;
}

function modelOf({ model, seed }: TrainSettings, { inputShape, classNames }: Dataset): LayersModel {
  const shape = inputShape as [number, number, number];
  return createModel(model, { inputShape: shape, classes: classNames.length, seed });
}

function optionsOf(settings: TrainSettings): PrivateTrainingOptions {
  const { model, quantizedFraction, learningRate, ...options } = settings;
  return { ...options, learningRate, budget: { quantizedFraction }, task: 'classification' };
}

async function estimate(settings: TrainSettings): Promise<void> {
  await started();
  const data = requireData();
  const model = modelOf(settings, data);
  try {
    const { steps, noiseMultiplier, analyses, epsilon, seconds, secondsPerStep, warnings } =
      await estimateTraining(model, data, optionsOf(settings));
    const costs = { steps, noiseMultiplier, analyses, seconds, secondsPerStep };
    say({ kind: 'estimated', estimate: { ...costs, epsilon, warnings } });
  } finally {
    model.dispose();
  }
}

/** The report draws charts, which most of the time nobody wants: loaded on demand. */
async function files(run: string): Promise<void> {
  const { runFiles } = await import('./runFiles.ts');
  say({ kind: 'files', run, files: await runFiles(run, await started()) });
}

async function train(settings: TrainSettings, name: string): Promise<void> {
  await started();
  const data = requireData();
  stop = new AbortController();
  const store = await IndexedDbRun.open(name);
  const model = modelOf(settings, data);
  try {
    const { stopped, epsilon, metrics } = await trainPrivately(model, data, {
      ...optionsOf(settings),
      store,
      callbacks: reporterOf(store, settings.delta, say),
      stopBetweenSteps: stop.signal,
    });
    say({ kind: 'ended', stopped, epsilon, accuracy: metrics['accuracy'] ?? null });
  } finally {
    model.dispose();
    await store.close();
  }
}
