import { createHash } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import type { PlanState } from '@dpquant/mechanisms';
import type { KnownImpacts } from '../impactAnalyses.ts';
import type { OptimizerState } from '../optimizers/optimizer.ts';
import type { TrainingPosition } from '../trainingRun.ts';
import type { WeightAverageState } from '../weightAverage.ts';
import { dataFacts, modelFacts, requireSame, type Facts } from './checkpointFacts.ts';
import { makeFolder, replaceFile, type FileOperations } from './durableFile.ts';
import { eventCount } from './resumedLedger.ts';
import { explained } from './runFolderError.ts';

const version = 1;
const stateFile = 'state.json';
const valuesFile = /^values-\d+\.bin$/;

type Entries<T> = readonly (readonly [string, T])[];
type SlotSizes = Entries<readonly number[]>;

/** `state.json`, besides the checksum over all of it. */
interface CheckpointState {
  readonly version: number;
  /** Which model and data the run is of; public facts only. */
  readonly model: Facts;
  readonly data: Facts;
  /** What the run was started with; absent where nobody said. */
  readonly settings?: Facts;
  /** Events in the ledger when it was saved. */
  readonly charged: number;
  readonly step: number;
  readonly assignments: readonly Entries<string>[];
  readonly impacts: {
    readonly smoothed: Entries<number>;
    readonly calendar: KnownImpacts['calendar'];
  } | null;
  /** `best` is null for the −∞ before the first epoch, which JSON does not know. */
  readonly earlyStop: { readonly best: number | null; readonly since: number } | null;
  /** Slots of the optimizer and of the weight average, with the number of values of each array. */
  readonly optimizer: SlotSizes;
  readonly weightAverage: SlotSizes | null;
  /** File of all values, float32: the model's weights, then those slots. */
  readonly values: { readonly file: string; readonly sha256: string };
  readonly plan: PlanState;
}

/** What a checkpoint is of: it fits no other model, and no other data. */
export interface CheckpointSubject {
  readonly model: tfl.LayersModel;
  /** The private examples; of these only name, counts, shapes and class names are written. */
  readonly training: Dataset;
  /** Public settings of the run, which `readCheckpointSettings` gives back. */
  readonly settings?: Facts | undefined;
}

/** What a checkpoint is made of besides the weights. */
export interface CheckpointContent {
  readonly position: TrainingPosition;
  readonly plan: PlanState;
  /** What is charged for the steps taken; the ledger itself has its own file. */
  readonly ledger: Pick<PrivacyLedger, 'entries'>;
  /** From `WeightAverage.state`, of a run that has one. */
  readonly weightAverage?: WeightAverageState | undefined;
  /** What writes, for tests. */
  readonly files?: FileOperations;
}

/** What a checkpoint holds besides the weights, which are put into the model. */
export interface RestoredCheckpoint {
  readonly position: TrainingPosition;
  readonly plan: PlanState;
  readonly weightAverage: WeightAverageState | null;
  /** Events that were in the ledger when it was saved. */
  readonly charged: number;
}

/**
 * Writes weights and position. The values are in a file of their own name, and the state that names
 * it is replaced last, so that a crash leaves the previous checkpoint or this one.
 *
 * @throws RunFolderError when the system refuses; the previous checkpoint is still there then
 */
export async function saveCheckpoint(
  folder: string,
  {
    model,
    training,
    settings,
    position,
    plan,
    ledger,
    weightAverage,
    files = nodeFiles,
  }: CheckpointSubject & CheckpointContent,
): Promise<void> {
  await makeFolder(folder, files);
  const weights = await Promise.all(model.getWeights().map((weight) => weight.data<'float32'>()));
  const slots = [...position.optimizer.values(), ...(weightAverage?.values() ?? [])].flat();
  const values = joined([...weights, ...slots]);
  const file = `values-${position.step}.bin`;
  const state: CheckpointState = {
    version,
    model: modelFacts(model),
    data: dataFacts(training),
    ...(settings && { settings }),
    charged: eventCount(ledger),
    step: position.step,
    assignments: position.assignments.map((assignment) => [...assignment]),
    impacts: position.impacts && {
      ...position.impacts,
      smoothed: [...position.impacts.smoothed],
    },
    earlyStop: position.earlyStop && {
      ...position.earlyStop,
      best: position.earlyStop.best === -Infinity ? null : position.earlyStop.best,
    },
    optimizer: sizesOf(position.optimizer),
    weightAverage: weightAverage ? sizesOf(weightAverage) : null,
    values: { file, sha256: sha256(values) },
    plan,
  };
  const checksum = sha256(JSON.stringify(state));
  await replaceFile(join(folder, file), values, files);
  await replaceFile(join(folder, stateFile), JSON.stringify({ ...state, checksum }), files);
  for (const name of await nodeFiles.readdir(folder)) {
    if (!valuesFile.test(name.replace(/\.tmp$/, '')) || name === file) continue;
    await files.rm(join(folder, name), { force: true });
  }
}

/**
 * Puts a checkpoint's weights into `model` and returns the rest.
 *
 * @throws Error when there is no checkpoint, it is damaged, or it is of another model or other data;
 *   the model is unchanged then
 */
export async function loadCheckpoint(
  folder: string,
  { model, training, settings }: CheckpointSubject,
): Promise<RestoredCheckpoint> {
  const state = await readState(folder);
  requireSame(join(folder, stateFile), 'model', state.model, modelFacts(model));
  const isSettled = settings && JSON.stringify(settings) === JSON.stringify(state.settings);
  // Settings that are the same say which data these are, whatever they are called by now.
  const told = (facts: Facts) => facts.filter(([name]) => !isSettled || name !== 'name');
  requireSame(join(folder, stateFile), 'data', told(state.data), told(dataFacts(training)));
  const values = await readValues(folder, state);
  let offset = 0;
  const take = (size: number) => values.slice(offset, (offset += size));
  const weights = model
    .getWeights()
    .map(({ shape }) => tf.tensor(take(tf.util.sizeFromShape(shape)), shape));
  model.setWeights(weights);
  tf.dispose(weights);
  const slots = (sizes: SlotSizes) => new Map(sizes.map(([name, each]) => [name, each.map(take)]));
  const { impacts, earlyStop } = state;
  return {
    position: {
      step: state.step,
      assignments: state.assignments.map((assignment) => new Map(assignment)),
      optimizer: slots(state.optimizer),
      impacts: impacts && {
        ...impacts,
        smoothed: new Map(impacts.smoothed),
      },
      earlyStop: earlyStop && { ...earlyStop, best: earlyStop.best ?? -Infinity },
    },
    weightAverage: state.weightAverage && slots(state.weightAverage),
    plan: state.plan,
    charged: state.charged,
  };
}

/**
 * The settings that a checkpoint was saved with, undefined if none were given; to be held against
 * those of a run that is to go on, before anything that they name is opened.
 *
 * @throws Error when there is no checkpoint, or it is damaged
 */
export async function readCheckpointSettings(folder: string): Promise<Facts | undefined> {
  return (await readState(folder)).settings;
}

async function readState(folder: string): Promise<CheckpointState> {
  const path = join(folder, stateFile);
  let text: string;
  try {
    text = await nodeFiles.readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explained('read', path, error);
    throw new Error(
      `checkpoint ${folder}: there is none; the run ended before its first step, ` +
        'start it again with --force',
      { cause: error },
    );
  }
  let written: CheckpointState & { checksum?: unknown };
  try {
    written = JSON.parse(text) as typeof written;
  } catch (error) {
    throw damaged(path, 'it is no JSON', { cause: error });
  }
  if (written?.version !== version) {
    throw new Error(
      `checkpoint ${folder}: expected version ${version}, got ${written?.version}; ` +
        'resume with the version of DPQuant that wrote it',
    );
  }
  const { checksum, ...state } = written;
  if (checksum !== sha256(JSON.stringify(state))) throw damaged(path, 'its checksum does not fit');
  if (!valuesFile.test(state.values.file)) {
    throw damaged(path, 'it names no file of values in its own folder');
  }
  return state;
}

async function readValues(folder: string, { values }: CheckpointState): Promise<Float32Array> {
  const path = join(folder, values.file);
  let bytes: Buffer;
  try {
    bytes = await nodeFiles.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw explained('read', path, error);
    throw damaged(path, 'the file is missing', { cause: error });
  }
  if (sha256(bytes) !== values.sha256) {
    throw damaged(path, `its checksum does not fit, it has ${bytes.length} bytes`);
  }
  // A copy: the bytes of a small file start anywhere in a shared buffer.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function damaged(path: string, how: string, options?: ErrorOptions): Error {
  return new Error(
    `checkpoint ${path}: is damaged (${how}); restore a copy of its folder, together with ledger.json ` +
      'as it is, or start the run again with --force',
    options,
  );
}

function sizesOf(slots: OptimizerState): SlotSizes {
  return [...slots].map(([name, arrays]) => [name, arrays.map(({ length }) => length)]);
}

function joined(arrays: readonly Float32Array[]): Uint8Array {
  const values = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const array of arrays) {
    values.set(array, offset);
    offset += array.length;
  }
  return new Uint8Array(values.buffer);
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
