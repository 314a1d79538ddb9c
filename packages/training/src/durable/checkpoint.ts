import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { PrivacyLedger } from '@dpquant/accounting';
import type { Dataset } from '@dpquant/data';
import type { PlanState } from '@dpquant/mechanisms';
import type { KnownImpacts } from '../impactAnalyses.ts';
import type { OptimizerState } from '../optimizers/optimizer.ts';
import type { TrainingPosition } from '../trainerTypes.ts';
import type { WeightAverageState } from '../weightAverage.ts';
import { dataFacts, modelFacts, requireSame, type Facts } from './checkpointFacts.ts';
import { eventCount } from './resumedLedger.ts';
import { sha256 } from './sha256.ts';

const version = 1;
const valuesFile = /^values-\d+\.bin$/;

type Entries<T> = readonly (readonly [string, T])[];
type SlotSizes = Entries<readonly number[]>;

/** Content of `state.json`, without its checksum. */
interface CheckpointState {
  readonly version: number;
  /** Public facts about the model and the data. */
  readonly model: Facts;
  readonly data: Facts;
  /** Settings that the run was started with; absent if none were given. */
  readonly settings?: Facts;
  /** Number of events in the ledger when the checkpoint was saved. */
  readonly charged: number;
  readonly step: number;
  readonly assignments: readonly Entries<string>[];
  /** Steps from one assignment to the next; absent in checkpoints of earlier versions. */
  readonly interval?: number;
  readonly impacts: {
    readonly released: Entries<number>;
    readonly smoothed: Entries<number>;
    readonly calendar: KnownImpacts['calendar'];
  } | null;
  /** `best` is null for −∞ (before the first epoch), which JSON cannot express. */
  readonly earlyStop: { readonly best: number | null; readonly since: number } | null;
  /**
   * Null before sums were probed; absent in checkpoints of earlier versions, whose sums were float.
   */
  readonly arithmetic?: TrainingPosition['arithmetic'];
  /** Slots of the optimizer and of the weight average, with the length of each array. */
  readonly optimizer: SlotSizes;
  readonly weightAverage: SlotSizes | null;
  /** File with all values as float32: the model's weights, then those slots. */
  readonly values: { readonly file: string; readonly sha256: string };
  readonly plan: PlanState;
}

/** A stored checkpoint: a JSON text, and the file of values that it names. */
export interface StoredCheckpoint {
  /** Name for messages: a folder, or another name. */
  readonly name: string;
  readonly state: string;
  /** The values stored under the name that `state` gives; null if they are missing. */
  values(name: string): Promise<Uint8Array | null>;
}

/** Where the latest checkpoint of a run is kept. */
export interface CheckpointStore {
  /** Name for messages. */
  readonly name: string;
  /** Null if there is none. */
  readCheckpoint(): Promise<StoredCheckpoint | null>;
  /**
   * Replaces the checkpoint and returns once the new one is durable. A crash at any moment leaves
   * either the old or the new checkpoint, complete.
   *
   * @param values their name must differ from step to step
   */
  writeCheckpoint(
    state: string,
    values: { readonly name: string; readonly bytes: Uint8Array },
  ): Promise<void>;
}

/** The model and data that a checkpoint belongs to; it cannot be loaded with others. */
export interface CheckpointSubject {
  readonly model: tfl.LayersModel;
  /** The private examples. Only their name, counts, shapes and class names are written. */
  readonly training: Dataset;
  /** Public settings of the run; `readCheckpointSettings` returns them. */
  readonly settings?: Facts | undefined;
}

/** Content of a checkpoint besides the weights. */
export interface CheckpointContent {
  readonly position: TrainingPosition;
  readonly plan: PlanState;
  /** The charges for the steps taken; the ledger itself has its own file. */
  readonly ledger: Pick<PrivacyLedger, 'entries'>;
  /** From `WeightAverage.state`, if the run has one. */
  readonly weightAverage?: WeightAverageState | undefined;
}

/** Content of a checkpoint besides the weights, which are already in the model. */
export interface RestoredCheckpoint {
  readonly position: TrainingPosition;
  readonly plan: PlanState;
  readonly weightAverage: WeightAverageState | null;
  /** Number of events in the ledger when the checkpoint was saved. */
  readonly charged: number;
}

/**
 * Stores weights and position in place of the previous checkpoint.
 *
 * @throws RunStoreError when the system refuses; the previous checkpoint is then unchanged
 */
export async function saveCheckpoint(
  store: CheckpointStore,
  {
    model,
    training,
    settings,
    position,
    plan,
    ledger,
    weightAverage,
  }: CheckpointSubject & CheckpointContent,
): Promise<void> {
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
    ...(position.interval !== undefined && { interval: position.interval }),
    impacts: position.impacts && {
      ...position.impacts,
      released: [...position.impacts.released],
      smoothed: [...position.impacts.smoothed],
    },
    earlyStop: position.earlyStop && {
      ...position.earlyStop,
      best: position.earlyStop.best === -Infinity ? null : position.earlyStop.best,
    },
    arithmetic: position.arithmetic,
    optimizer: sizesOf(position.optimizer),
    weightAverage: weightAverage ? sizesOf(weightAverage) : null,
    values: { file, sha256: await sha256(values) },
    plan,
  };
  const checksum = await sha256(JSON.stringify(state));
  await store.writeCheckpoint(JSON.stringify({ ...state, checksum }), {
    name: file,
    bytes: values,
  });
}

/**
 * Puts a checkpoint's weights into `model` and returns the rest.
 *
 * @throws Error when there is no checkpoint, it is damaged, or it belongs to another model or other
 *   data; the model is then unchanged
 */
export async function loadCheckpoint(
  store: Pick<CheckpointStore, 'name' | 'readCheckpoint'>,
  { model, training, settings }: CheckpointSubject,
): Promise<RestoredCheckpoint> {
  const stored = await requireCheckpoint(store);
  const state = await parseState(stored);
  const name = stateName(stored);
  requireSame(name, 'model', state.model, modelFacts(model));
  const isSettled = settings && JSON.stringify(settings) === JSON.stringify(state.settings);
  // Equal settings identify the data, so the data may have a new name.
  const told = (facts: Facts) => facts.filter(([fact]) => !isSettled || fact !== 'name');
  requireSame(name, 'data', told(state.data), told(dataFacts(training)));
  const values = await readValues(stored, state);
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
      ...(state.interval !== undefined && { interval: state.interval }),
      optimizer: slots(state.optimizer),
      impacts: impacts && {
        ...impacts,
        released: new Map(impacts.released),
        smoothed: new Map(impacts.smoothed),
      },
      earlyStop: earlyStop && { ...earlyStop, best: earlyStop.best ?? -Infinity },
      arithmetic: state.arithmetic === undefined ? 'float' : state.arithmetic,
    },
    weightAverage: state.weightAverage && slots(state.weightAverage),
    plan: state.plan,
    charged: state.charged,
  };
}

/**
 * The settings that a checkpoint was saved with, undefined if none were given. Compare them with
 * those of the resumed run before opening the data.
 *
 * @throws Error when there is no checkpoint, or it is damaged
 */
export async function readCheckpointSettings(
  store: Pick<CheckpointStore, 'name' | 'readCheckpoint'>,
): Promise<Facts | undefined> {
  return (await parseState(await requireCheckpoint(store))).settings;
}

async function requireCheckpoint(
  store: Pick<CheckpointStore, 'name' | 'readCheckpoint'>,
): Promise<StoredCheckpoint> {
  const stored = await store.readCheckpoint();
  if (stored) return stored;
  throw new Error(
    `checkpoint ${store.name}: there is none; restore a copy of it, or, where the ledger shows no step yet, ` +
      'start the run again with --force',
  );
}

async function parseState(stored: StoredCheckpoint): Promise<CheckpointState> {
  const name = stateName(stored);
  let written: CheckpointState & { checksum?: unknown };
  try {
    written = JSON.parse(stored.state) as typeof written;
  } catch (error) {
    throw damaged(name, 'it is not JSON', { cause: error });
  }
  if (written?.version !== version) {
    throw new Error(
      `checkpoint ${stored.name}: expected version ${version}, got ${written?.version}; ` +
        'resume with the version of DPQuant that wrote it',
    );
  }
  const { checksum, ...state } = written;
  if (checksum !== (await sha256(JSON.stringify(state)))) {
    throw damaged(name, 'its checksum does not match');
  }
  if (!valuesFile.test(state.values.file)) {
    throw damaged(name, 'it names no file of values in its own folder');
  }
  return state;
}

async function readValues(
  stored: StoredCheckpoint,
  { values }: CheckpointState,
): Promise<Float32Array> {
  const name = `${stored.name}/${values.file}`;
  const bytes = await stored.values(values.file);
  if (!bytes) throw damaged(name, 'the file is missing');
  if ((await sha256(bytes)) !== values.sha256) {
    throw damaged(name, `its checksum does not match, it has ${bytes.length} bytes`);
  }
  // A copy, since the bytes may be an unaligned part of a shared buffer.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function stateName({ name }: StoredCheckpoint): string {
  return `${name}/state.json`;
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
