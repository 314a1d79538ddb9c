import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { assembleBatch, unitsOfRows, type Dataset } from '@dpquant/data';
import type { PerExampleLoss } from '@dpquant/gradients';

/** Length of a canary's gradient before clipping. */
export const canaryGradientNorm = 10;

/**
 * Made-up examples for an audit, each with a weight of its own: canary c of n is the weight in row
 * ⌊c/side⌋ and column c mod side of a dense layer of side = ⌈√n⌉ inputs and outputs. Its input is
 * one at that row, its target at that column, and 0 elsewhere: the gradient lies in that weight
 * alone, with a norm of `canaryGradientNorm` whatever the weights are.
 */
export interface Canaries {
  /** Every canary is a privacy unit; those that are out are units without a row. */
  readonly dataset: Dataset;
  /** A dense layer without bias, all zeros. Owned by the caller. */
  readonly model: tfl.LayersModel;
  readonly loss: PerExampleLoss;
  /** How far each canary's weight has moved to where the canary pulls it. */
  readonly scores: () => Promise<Float32Array>;
}

/** As many canaries as the list is long; those that it says are in the data set. */
export function plantCanaries(included: readonly boolean[]): Canaries {
  const side = sideFor(included.length);
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({
        name: 'canaries',
        inputShape: [side],
        units: side,
        useBias: false,
        kernelInitializer: 'zeros',
      }),
    ],
  });
  return {
    dataset: canaryDataset(included, side),
    model,
    loss: pull,
    scores: async () => (await model.getWeights()[0]!.data<'float32'>()).slice(0, included.length),
  };
}

/** Weights of the model of so many canaries. */
export function canaryWeightCount(canaries: number): number {
  return sideFor(canaries) ** 2;
}

function sideFor(canaries: number): number {
  return Math.ceil(Math.sqrt(canaries));
}

/** Falls at a constant rate as the output that the target names grows. */
const pull: PerExampleLoss = (outputs, targets) =>
  tf.tidy(() => tf.mul<tf.Tensor1D>(tf.sum(tf.mul(outputs, targets), 1), -canaryGradientNorm));

function canaryDataset(included: readonly boolean[], side: number): Dataset {
  const present = Uint32Array.from(included.keys()).filter((canary) => included[canary]);
  const shape = { count: present.length, inputShape: [side], targetShape: [side] };
  return {
    ...shape,
    name: 'canaries',
    classNames: [],
    privacyUnits: unitsOfRows(present, included.length),
    async read(rows, options = {}) {
      const batch = assembleBatch(shape, rows, options, (row, inputs, input, targets, target) => {
        const canary = present[row]!;
        inputs[input + Math.floor(canary / side)] = 1;
        targets[target + (canary % side)] = 1;
      });
      // A canary's key does not depend on which others are in.
      for (let i = 0; i < rows.length; i++) batch.keys.rows[i] = present[rows[i]!]!;
      return batch;
    },
  };
}
