import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { registerLayers } from '@dpquant/gradients';
import { headOf, withNewHead, type ModelOptions } from '@dpquant/models';
import { modelFiles } from '@dpquant/models/node';
import { asUsage, UsageError } from './usageError.ts';

/** A `model.json`'s `modelTopology`, as far as this module looks at it. */
export type Topology = Readonly<Record<string, unknown>>;

/**
 * Reads a user's own model with its weights, and holds it against the data.
 *
 * @param path a `model.json`, or a folder that holds one
 * @param newHead gives it a new last layer for the classes of the data
 * @throws UsageError where the model does not fit the data
 */
export async function loadOwnModel(
  path: string,
  options: ModelOptions,
  newHead: boolean,
): Promise<tfl.LayersModel> {
  const { modelTopology, ...weights } = await modelFiles(path).load();
  const topology = seeded(modelTopology, options.seed) as Topology;
  const model = await modelOf(topology, weights);
  requireInput(model, path, options.inputShape);
  if (!newHead) {
    requireLogits(model, path, options.classes);
    return model;
  }
  try {
    return await withNewHead(model, options);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`new-head: ${error.message}`);
    throw error;
  } finally {
    model.dispose();
  }
}

/** A model by its topology; without weights, with those of its initializers. */
export async function modelOf(
  topology: Topology,
  weights: Omit<tf.io.ModelArtifacts, 'modelTopology'> = {},
): Promise<tfl.LayersModel> {
  registerLayers();
  return tfl.loadLayersModel(tf.io.fromMemory({ ...weights, modelTopology: topology }));
}

/** A topology whose initializers draw what the seed says, where they have none of their own. */
function seeded(topology: unknown, seed: number): unknown {
  let draw = 0;
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) =>
      key === 'seed' && inner === null ? [key, seed + draw++] : [key, visit(inner)],
    );
    return Object.fromEntries(entries);
  };
  return visit(topology);
}

function requireInput(model: tfl.LayersModel, path: string, expected: readonly number[]): void {
  const { inputs } = model;
  const shape = inputs[0]!.shape.slice(1);
  const fits =
    inputs.length === 1 &&
    shape.length === expected.length &&
    shape.every((size, i) => size === null || size === expected[i]);
  if (fits) return;
  const found = inputs.map((input) => `[${input.shape.slice(1).join(', ')}]`).join(' and ');
  throw new UsageError(
    `model: ${path} takes inputs of ${found}, the examples are [${expected.join(', ')}]; change the model or ` +
      'the data',
  );
}

function requireLogits(model: tfl.LayersModel, path: string, classes: number): void {
  const { outputs } = model;
  const found = outputs.map(({ shape }) => `[${shape.slice(1).join(', ')}]`).join(' and ');
  if (found !== `[${classes}]`) {
    throw new UsageError(
      `model: ${path} gives ${found}, the data set has ${classes} classes; change the model, or take a new last ` +
        'layer with --new-head',
    );
  }
  const last = model.layers.at(-1)!;
  const { activation } = last.getConfig() as { activation?: unknown };
  if (activation === 'softmax' || last.getClassName() === 'Softmax') {
    throw new UsageError(
      `model: ${path} ends in the softmax of "${last.name}", and the loss wants logits; leave the softmax out, ` +
        `or replace the layer with --new-head`,
    );
  }
  asUsage(() => headOf(model));
}
