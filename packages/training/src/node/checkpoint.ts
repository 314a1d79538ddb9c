import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { PlanState } from '@dpquant/mechanisms';
import type { TrainingPosition } from '../trainer.ts';
import { replaceFile } from './durableFile.ts';

const version = 1;
const stateFile = 'state.json';

interface CheckpointState {
  readonly version: number;
  readonly step: number;
  readonly assignments: readonly (readonly (readonly [string, string])[])[];
  /** Optimizer slots with the number of values of each weight. */
  readonly slots: readonly { readonly name: string; readonly sizes: readonly number[] }[];
  /** File of all values, float32: the model's weights, then the optimizer's slots. */
  readonly values: string;
  readonly plan: PlanState;
}

/** What a checkpoint holds besides the weights, which are put into the model. */
export interface RestoredCheckpoint {
  readonly position: TrainingPosition;
  readonly plan: PlanState;
}

/**
 * Writes weights and position. The values are in a file of their own name, and the state that names
 * it is replaced last, so that a crash leaves the previous checkpoint or this one.
 */
export async function saveCheckpoint(
  folder: string,
  model: tfl.LayersModel,
  position: TrainingPosition,
  plan: PlanState,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const weights = await Promise.all(model.getWeights().map((weight) => weight.data<'float32'>()));
  const slots = [...position.optimizer];
  const arrays = [...weights, ...slots.flatMap(([, values]) => values)];
  const joined = new Float32Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let offset = 0;
  for (const array of arrays) {
    joined.set(array, offset);
    offset += array.length;
  }
  const values = `values-${position.step}.bin`;
  const state: CheckpointState = {
    version,
    step: position.step,
    assignments: position.assignments.map((assignment) => [...assignment]),
    slots: slots.map(([name, slot]) => ({ name, sizes: slot.map(({ length }) => length) })),
    values,
    plan,
  };
  await replaceFile(join(folder, values), new Uint8Array(joined.buffer));
  await replaceFile(join(folder, stateFile), JSON.stringify(state));
  for (const name of await readdir(folder)) {
    if (/^values-\d+\.bin$/.test(name) && name !== values) await rm(join(folder, name));
  }
}

/**
 * Puts a checkpoint's weights into `model` and returns the rest.
 *
 * @throws Error when there is no checkpoint, or it does not fit the model; the model is unchanged
 */
export async function loadCheckpoint(
  folder: string,
  model: tfl.LayersModel,
): Promise<RestoredCheckpoint> {
  const state = await readState(folder);
  const bytes = await readFile(join(folder, state.values));
  const shapes = model.getWeights().map(({ shape }) => shape);
  const sizes = [
    ...shapes.map(tf.util.sizeFromShape),
    ...state.slots.flatMap((slot) => slot.sizes),
  ];
  const expected = 4 * sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.byteLength !== expected) {
    throw new Error(
      `checkpoint ${folder}: expected ${expected} bytes of values for this model, found ` +
        `${bytes.byteLength}; it is damaged or belongs to another model`,
    );
  }
  const joined = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + expected),
  );
  let offset = 0;
  const take = (size: number) => joined.slice(offset, (offset += size));
  const weights = shapes.map((shape) => tf.tensor(take(tf.util.sizeFromShape(shape)), shape));
  model.setWeights(weights);
  tf.dispose(weights);
  return {
    position: {
      step: state.step,
      assignments: state.assignments.map((assignment) => new Map(assignment)),
      optimizer: new Map(state.slots.map(({ name, sizes }) => [name, sizes.map(take)])),
    },
    plan: state.plan,
  };
}

async function readState(folder: string): Promise<CheckpointState> {
  let text: string;
  try {
    text = await readFile(join(folder, stateFile), 'utf8');
  } catch {
    throw new Error(
      `checkpoint ${folder}: there is none; the run ended before its first step, ` +
        'start it again with --force',
    );
  }
  const state = JSON.parse(text) as CheckpointState;
  if (state.version !== version) {
    throw new Error(
      `checkpoint ${folder}: expected version ${version}, got ${state.version}; ` +
        'resume with the version of DPQuant that wrote it',
    );
  }
  return state;
}
