import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { LayerArithmetic } from '@dpquant/quantization';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { perExampleLosses } from './exampleLosses.ts';
import { withReplacedCalls } from './interception.ts';
import { passCalls } from './passCalls.ts';
import { ForwardPass } from './rules/forwardPass.ts';
import { PassArithmetic } from './rules/passArithmetic.ts';
import type { PassRandomness } from './rules/layerPass.ts';

/** Options of `forwardLosses`. */
export interface ForwardLossesOptions {
  readonly loss: ContributeOptions['loss'];
  /** Source of the random bits of stochastic rounding and of noise layers. */
  readonly randomness: PassRandomness;
  /** For each pass, at least one: the arithmetic of a layer, by its name. */
  readonly arithmetics: readonly ((layer: string) => LayerArithmetic)[];
}

/** Losses of the examples of a batch in several passes. */
export interface ForwardLosses {
  /** [pass][example], padding included. Without noise: no privacy guarantee covers them. */
  readonly losses: readonly Float32Array[];
  /** Number of layer calls that were computed, in all passes together. */
  readonly layerCalls: number;
}

/** One call of a layer in the first pass. */
interface RecordedCall {
  readonly inputs: readonly tf.Tensor[];
  readonly outputs: tf.Tensor | tf.Tensor[];
  readonly arithmetic: LayerArithmetic;
}

/**
 * The loss of each example under several arithmetics, from forward passes only. A pass reuses the
 * results of the first pass up to its first layer with another arithmetic, and computes the rest.
 * An example's losses depend on that example alone, as in training.
 */
export async function forwardLosses(
  model: tfl.LayersModel,
  batch: Omit<ExampleBatch, 'weights'>,
  { loss, randomness, arithmetics }: ForwardLossesOptions,
): Promise<ForwardLosses> {
  let layerCalls = 0;
  const calls = passCalls(model);
  const recorded = new Map<string, RecordedCall>();
  const onePass = (arithmeticOf: (layer: string) => LayerArithmetic, isFirst: boolean) => {
    const pass = new ForwardPass(new PassArithmetic(batch.keys, randomness, arithmeticOf));
    const counts = new Map<tfl.layers.Layer, number>();
    return tf.tidy(() =>
      withReplacedCalls(
        model,
        (layer) => (inputs, kwargs) => {
          const call = counts.get(layer) ?? 0;
          counts.set(layer, call + 1);
          const key = `${layer.name} ${call}`;
          const given = [inputs].flat();
          const arithmetic = arithmeticOf(layer.name);
          const known = recorded.get(key);
          if (!isFirst && known && isSameCall(known, given, arithmetic)) return known.outputs;
          layerCalls++;
          const outputs = calls.get(layer)!(pass)(inputs, kwargs);
          if (isFirst) {
            for (const tensor of [...given, ...[outputs].flat()]) tf.keep(tensor);
            recorded.set(key, { inputs: given, outputs, arithmetic });
          }
          return outputs;
        },
        () => perExampleLosses(model, batch, loss),
      ),
    );
  };
  const losses: Float32Array[] = [];
  const borrowed = new Set([batch.inputs].flat());
  try {
    for (const [i, arithmetic] of arithmetics.entries()) {
      const values = onePass(arithmetic, i === 0);
      losses.push((await values.data<'float32'>()).slice());
      values.dispose();
    }
  } finally {
    for (const { inputs, outputs } of recorded.values()) {
      const tensors = [...inputs, ...[outputs].flat()];
      tf.dispose(tensors.filter((tensor) => !borrowed.has(tensor)));
    }
  }
  return { losses, layerCalls };
}

/** Whether a call would repeat a recorded one. A clone shares the data of its original. */
function isSameCall(
  { inputs, arithmetic }: RecordedCall,
  given: readonly tf.Tensor[],
  arithmeticNow: LayerArithmetic,
): boolean {
  return (
    arithmetic === arithmeticNow &&
    inputs.length === given.length &&
    inputs.every((tensor, i) => tensor.dataId === given[i]!.dataId)
  );
}
