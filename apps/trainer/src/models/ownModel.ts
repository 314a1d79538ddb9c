import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { registerLayers } from '@dpquant/gradients';
import { headOf, withNewHead, type ModelOptions } from '@dpquant/models';
import { modelFiles, modelFrom } from '@dpquant/models/node';
import { requireInputs, targetShapesIn } from '@dpquant/training';
import { asUsage, UsageError } from '../flags/usageError.ts';

/** A `model.json`'s `modelTopology`, as far as this module looks at it. */
export type Topology = Readonly<Record<string, unknown>>;

/**
 * Reads a user's own model with its weights, and holds it against the data.
 *
 * @param path a `model.json`, or a folder that holds one
 * @param newHead gives it a new last layer for the classes of the data
 * @param takesLogits whether the loss of the task takes logits
 * @param examples of which the names are held against those of a model with several inputs or
 *   outputs
 * @throws UsageError where the model does not fit the data, and WeightsError for damaged files
 */
export async function loadOwnModel(
  path: string,
  options: ModelOptions,
  newHead: boolean,
  takesLogits = true,
  examples?: Dataset,
): Promise<tfl.LayersModel> {
  const artifacts = await modelFiles(path).load();
  const modelTopology = seeded(artifacts.modelTopology, options.seed) as Topology;
  const model = await modelFrom({ ...artifacts, modelTopology }, path);
  await requireFinite(model, path);
  if (examples && isOfSeveral(model, examples)) {
    requireNames(model, examples, newHead);
    return model;
  }
  requireInput(model, path, options.inputShape);
  if (!newHead) {
    requireOutputs(model, path, options.classes, takesLogits);
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

/** A model by its topology, with the weights of its initializers. */
export async function modelOf(topology: Topology): Promise<tfl.LayersModel> {
  registerLayers();
  return tfl.loadLayersModel(tf.io.fromMemory({ modelTopology: topology }));
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

async function requireFinite(model: tfl.LayersModel, path: string): Promise<void> {
  for (const weight of model.weights) {
    const values = await weight.read().data();
    const place = values.findIndex((value) => !Number.isFinite(value));
    if (place >= 0) {
      throw new UsageError(
        `model: ${path} has ${values[place]} as value ${place} of its weight "${weight.originalName}"; save it with ` +
          'finite weights, or leave weightsManifest out of its model.json to begin with new ones',
      );
    }
  }
}

/** Whether a model or its examples have several inputs or outputs. */
function isOfSeveral(model: tfl.LayersModel, { inputParts, targetParts }: Dataset): boolean {
  return model.inputs.length > 1 || model.outputs.length > 1 || Boolean(inputParts ?? targetParts);
}

/** Targets are held against outputs later, by the task. */
function requireNames(model: tfl.LayersModel, examples: Dataset, newHead: boolean): void {
  if (newHead) {
    throw new UsageError(
      'new-head: is for a model with one input and one output; save this one with the last layers that the task wants',
    );
  }
  asUsage(() => {
    requireInputs('model', model, examples);
    targetShapesIn(model, examples);
  });
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

function requireOutputs(
  model: tfl.LayersModel,
  path: string,
  count: number,
  takesLogits: boolean,
): void {
  const { outputs } = model;
  const found = outputs.map(({ shape }) => `[${shape.slice(1).join(', ')}]`).join(' and ');
  if (found !== `[${count}]`) {
    throw new UsageError(
      `model: ${path} gives ${found}, the task and the data want ${count} outputs; change the model, or take a new ` +
        'last layer with --new-head',
    );
  }
  const last = lastComputing(model);
  const { activation } = last.getConfig() as { activation?: unknown };
  const name = last.getClassName() === 'Softmax' ? 'softmax' : activation;
  if (takesLogits && (name === 'softmax' || name === 'sigmoid')) {
    throw new UsageError(
      `model: ${path} ends in the ${name} of "${last.name}", and the loss wants logits; leave the ${name} out, ` +
        `or replace the layer with --new-head`,
    );
  }
  asUsage(() => headOf(model));
}

/** Layers that pass on what they take, but for its shape and what training drops. */
const passing =
  /^(Flatten|Reshape|Permute|RepeatVector|Dropout|GaussianDropout|GaussianNoise|AlphaDropout)$/;

/** The layer that computes the outputs, in whatever nested model it is. */
function lastComputing(model: tfl.LayersModel): tfl.layers.Layer {
  const within = (layer: tfl.layers.Layer): tfl.layers.Layer =>
    'layers' in layer ? within((layer as tfl.LayersModel).outputs[0]!.sourceLayer) : layer;
  let last = within(model);
  while (passing.test(last.getClassName())) {
    const source = last.inboundNodes[0]?.inboundLayers[0];
    if (!source) break;
    last = within(source);
  }
  return last;
}
