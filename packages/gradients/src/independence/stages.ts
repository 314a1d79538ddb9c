import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerArithmetic } from '@dpquant/quantization';
import type { ContributeOptions, ExampleBatch } from '../contribute.ts';
import { lossesOfPredictions, requireOneSize } from '../exampleLosses.ts';
import { withReplacedCalls } from '../interception.ts';
import { shapeOf } from '../lossShapes.ts';
import { passCalls } from '../passCalls.ts';
import { ForwardPass } from '../rules/forwardPass.ts';
import { PassArithmetic } from '../rules/passArithmetic.ts';

/** What one layer, or the loss, gave in a pass. */
export interface Stage {
  /** As a message calls it. */
  readonly name: string;
  /** One output, example after example. */
  readonly values: Float32Array;
}

/** What a stage gets in place of what the one before it gave. */
export type Feed = (place: string, given: readonly tf.Tensor[]) => readonly tf.Tensor[];

/**
 * What every layer, and the loss, gives for a batch in float32: the values that training computes.
 *
 * @param feed replaces what each stage gets, so that each is looked at by itself; an error of a layer then says
 *   that values are made up
 */
export async function passStages(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  loss: ContributeOptions['loss'],
  feed: Feed | null = null,
): Promise<Stage[]> {
  requireOneSize(batch, model.inputs.length);
  const outputs: { name: string; output: tf.Tensor }[] = [];
  const count = batch.mask.length;
  const record = (name: string, given: tf.Tensor | tf.Tensor[]) => {
    for (const output of [given].flat() as tf.Tensor[]) {
      if (output.shape[0] !== count) {
        throw new Error(
          `${name}: expected ${count} examples on the first axis of its output, got ${shapeOf(output)}`,
        );
      }
      outputs.push({ name, output: tf.keep(tf.clone(output)) });
    }
  };
  const rounding = { key: [0, 0], step: 0 } as const;
  const float32 = layerArithmetic('float32');
  const pass = new ForwardPass(new PassArithmetic(batch.keys, rounding, () => float32));
  const calls = passCalls(model);
  const counts = new Map<string, number>();
  const callOf = (layer: tfl.layers.Layer) => (inputs: tf.Tensor | tf.Tensor[], kwargs: object) => {
    const name = `layer "${layer.name}" (${layer.getClassName()})`;
    const call = counts.get(name) ?? 0;
    counts.set(name, call + 1);
    const given = takesIndices(layer) ? inputs : fed(feed, `${name} ${call}`, inputs);
    try {
      const output = calls.get(layer)!(pass)(given, kwargs);
      record(name, output);
      return output;
    } catch (error) {
      if (!feed) throw error;
      throw new Error(
        `${name}: fails on made-up values of its input's shape: ${(error as Error).message}; it may get ` +
          "such values in training too: let it take any, or indices from an input of dtype 'int32'",
        { cause: error },
      );
    }
  };
  const forward = () => {
    const given = model.apply([batch.inputs].flat() as tf.Tensor[], { training: true });
    const predictions = [fed(feed, 'loss', given as tf.Tensor | tf.Tensor[])].flat();
    const targets = [batch.targets].flat() as tf.Tensor[];
    record('loss', lossesOfPredictions(predictions, targets, loss, count));
  };
  const stages: Stage[] = [];
  try {
    tf.tidy(() => withReplacedCalls(model, callOf, forward));
    for (const { name, output } of outputs) {
      stages.push({ name, values: Float32Array.from(await output.data()) });
    }
  } finally {
    tf.dispose(outputs.map(({ output }) => output));
  }
  return stages;
}

/** Whether what a layer gets is indices, for which other values stand for nothing. */
export function takesIndices(layer: tfl.layers.Layer): boolean {
  return layer.getClassName() === 'Embedding';
}

function fed(
  feed: Feed | null,
  place: string,
  given: tf.Tensor | tf.Tensor[],
): tf.Tensor | tf.Tensor[] {
  if (!feed) return given;
  return Array.isArray(given) ? [...feed(place, given)] : feed(place, [given])[0]!;
}
