import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerArithmetic, type LayerArithmetic } from '@dpquant/quantization';
import type { ContributeOptions, ExampleBatch } from '../contributeOptions.ts';
import { lossesOfPredictions, requireOneSize } from '../exampleLosses.ts';
import { withReplacedCalls } from '../interception.ts';
import type { LayerCall } from '../layerCall.ts';
import { shapeOf } from '../lossShapes.ts';
import { passCalls } from '../passCalls.ts';
import { ForwardPass } from '../rules/forwardPass.ts';
import { PassArithmetic } from '../rules/passArithmetic.ts';
import { hasBuiltInRule } from '../rules/registry.ts';
import { withUnchangedWeights } from '../weightGuard.ts';
import { digestsOf } from './digests.ts';

/** The output of one layer, or the loss, in a pass. */
export interface Stage {
  /** The name in messages. */
  readonly name: string;
  /** Of one output: the digest of each example's values (`digestsOf`). */
  readonly digests: Float64Array;
}

/** One call of a layer in a pass. */
interface LayerCallShapes {
  readonly name: string;
  readonly layer: tfl.layers.Layer;
  readonly inputs: readonly TensorShape[];
  readonly takesList: boolean;
  readonly training: boolean;
}

/** Shape and type of a tensor. */
interface TensorShape {
  readonly shape: number[];
  readonly dtype: tf.DataType;
}

/** The outputs of a pass, and the shapes of the inputs of its stages. */
export interface Pass {
  readonly stages: readonly Stage[];
  readonly calls: readonly LayerCallShapes[];
  readonly predictions: readonly TensorShape[];
}

/**
 * The output of every layer, and of the loss, for a batch: the values that training computes.
 *
 * @param isSynthetic whether errors of a layer should say that its inputs are synthetic
 * @param arithmetic of a layer, by its name
 */
export async function passStages(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
  isSynthetic = false,
  arithmetic: ContributeOptions['arithmetic'] = inFloat32,
): Promise<Pass> {
  requireOneSize(batch, model.inputs.length);
  const stages = new StageRecorder(batch.mask.length);
  const layerCalls: LayerCallShapes[] = [];
  let predictions: TensorShape[] = [];
  const callOf = callsOf(model, batch, arithmetic);
  const forward = () => {
    const outputs = model.apply([batch.inputs].flat(), { training: true });
    const given = [outputs].flat() as tf.Tensor[];
    predictions = given.map(shapeAndType);
    const targets = [batch.targets].flat();
    stages.add('loss', lossesOfPredictions(given, targets, loss, batch.mask.length));
  };
  const recorded =
    (layer: tfl.layers.Layer) => (inputs: tf.Tensor | tf.Tensor[], kwargs: object) => {
      const name = layerName(layer);
      layerCalls.push({
        name,
        layer,
        inputs: [inputs].flat().map(shapeAndType),
        takesList: Array.isArray(inputs),
        training: (kwargs as { training?: boolean }).training ?? false,
      });
      const outputs = explained(name, isSynthetic, () => callOf(layer)(inputs, kwargs));
      stages.add(name, outputs);
      return outputs;
    };
  const values = await stages.run(() => withReplacedCalls(model, recorded, forward));
  return { stages: values, calls: layerCalls, predictions };
}

/** Makes inputs for a stage, in place of the outputs of the stages before it. */
export type Feed = (place: string, shapes: readonly TensorShape[]) => tf.Tensor[];

/**
 * The output of each layer, and of the loss, for synthetic inputs of its own. Layers that run by a
 * rule of this package are left out, and with them those that read indices.
 */
export async function separateStages(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
  { calls, predictions }: Pass,
  feed: Feed,
): Promise<readonly Stage[]> {
  const count = batch.mask.length;
  const stages = new StageRecorder(count);
  const callOf = callsOf(model, batch, inFloat32);
  return stages.run(() =>
    withUnchangedWeights(model, () => {
      for (const [i, { name, layer, inputs, takesList, training }] of calls.entries()) {
        if (hasBuiltInRule(layer)) continue;
        const given = feed(`${name} ${i}`, inputs);
        const kwargs = { training };
        const outputs = explained(name, true, () =>
          callOf(layer)(takesList ? given : given[0]!, kwargs),
        );
        stages.add(name, outputs);
      }
      const targets = [batch.targets].flat();
      stages.add('loss', lossesOfPredictions(feed('loss', predictions), targets, loss, count));
    }),
  );
}

/** Keeps the outputs of stages, and reads them after the pass. */
class StageRecorder {
  readonly #count: number;
  readonly #outputs: { name: string; output: tf.Tensor }[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(name: string, outputs: tf.Tensor | tf.Tensor[]): void {
    for (const output of [outputs].flat()) {
      if (output.shape[0] !== this.#count) {
        throw new Error(
          `${name}: expected ${this.#count} examples on the first axis of its output, ` +
            `got ${shapeOf(output)}`,
        );
      }
      this.#outputs.push({ name, output: tf.keep(tf.clone(output)) });
    }
  }

  async run(pass: () => void): Promise<readonly Stage[]> {
    const stages: Stage[] = [];
    try {
      tf.tidy(pass);
      for (const { name, output } of this.#outputs) {
        const digests = digestsOf(await output.data(), this.#count);
        stages.push({ name, digests });
        output.dispose();
      }
    } finally {
      tf.dispose(this.#outputs.map(({ output }) => output));
    }
    return stages;
  }
}

function inFloat32(): LayerArithmetic {
  return layerArithmetic('float32');
}

/** What each layer computes in a forward pass over a batch. */
function callsOf(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  arithmetic: ContributeOptions['arithmetic'],
): (layer: tfl.layers.Layer) => LayerCall {
  const randomness = { key: [0, 0], step: 0 } as const;
  const pass = new ForwardPass(new PassArithmetic(batch.keys, randomness, arithmetic));
  const calls = passCalls(model);
  return (layer) => calls.get(layer)!(pass);
}

function layerName(layer: tfl.layers.Layer): string {
  return `layer "${layer.name}" (${layer.getClassName()})`;
}

function shapeAndType({ shape, dtype }: tf.Tensor): TensorShape {
  return { shape, dtype };
}

/** Runs a layer; an error says if its inputs are synthetic. */
function explained<T>(name: string, isSynthetic: boolean, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!isSynthetic) throw error;
    throw new Error(
      `${name}: fails on synthetic values of its input's shape: ${(error as Error).message}; it may get ` +
        "such values in training too: let it take any, or indices from an input of dtype 'int32'",
      { cause: error },
    );
  }
}

/** Whether the inputs of a layer are indices: other values have no meaning there. */
export function takesIndices(layer: tfl.layers.Layer): boolean {
  return layer.getClassName() === 'Embedding';
}
