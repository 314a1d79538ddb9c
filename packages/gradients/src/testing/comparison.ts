import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { flatClipping } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { contribute } from '../contribute.ts';
import type { ContributeOptions, ExampleBatch } from '../contributeOptions.ts';
import { softmaxCrossEntropy } from '../losses.ts';
import { microbatchClippedSum, microbatchGradients } from '../microbatchGradients.ts';

type Sums = ReadonlyMap<string, ArrayLike<number>>;

/** Options with one format for every layer. */
export function optionsFor(format: string, clipNorm = 1): ContributeOptions {
  return {
    loss: softmaxCrossEntropy,
    clipping: flatClipping(clipNorm),
    arithmetic: () => layerArithmetic(format),
    rounding: { key: philoxKeyFromSeed(1), step: 3 },
  };
}

/** The values of a contribution's sums, and its count of unclipped units; disposes the contribution. */
export async function sumsAndCount(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: ContributeOptions,
): Promise<[sums: Map<string, Float32Array>, unclippedCount: number]> {
  const contribution = await contribute(model, batch, options);
  const sums = new Map<string, Float32Array>();
  for (const [name, sum] of contribution.sums) sums.set(name, await sum.data<'float32'>());
  contribution.dispose();
  return [sums, contribution.unclippedCount];
}

/** The values of a contribution's sums; disposes the contribution. */
export async function sumsOf(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: ContributeOptions,
): Promise<Map<string, Float32Array>> {
  const [sums] = await sumsAndCount(model, batch, options);
  return sums;
}

/** L2 norm of a − b over all weights; of a where b is left out. */
export function distance(a: Sums, b?: Sums): number {
  let squared = 0;
  for (const [name, values] of a) {
    const others = b?.get(name);
    for (let i = 0; i < values.length; i++) squared += (values[i]! - (others?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(squared);
}

/**
 * Checks norms and clipped sum of a batch against one example at a time, to 1e-5 relative, for
 * clip norms that clip all, some and none; weight by weight. No tensors may be left over.
 *
 * @param changes of the options, but for the clipping
 */
export async function expectEqualToOracle(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  format: string,
  changes: Partial<ContributeOptions> = {},
): Promise<void> {
  const oracle = await microbatchGradients(model, batch, { ...optionsFor(format), ...changes });
  const finite = oracle.norms.filter((norm) => norm > 0 && Number.isFinite(norm)).sort();
  const median = finite[Math.floor(finite.length / 2)] ?? 1;
  for (const clipNorm of [median / 1000, median, median * 1000]) {
    const options = { ...optionsFor(format, clipNorm), ...changes };
    const tensors = tf.memory().numTensors;
    const { unsafe, dispose } = await contribute(model, batch, options);
    dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    const wrong = [...unsafe.norms].filter(
      (norm, i) => !(Math.abs(norm - oracle.norms[i]!) <= 1e-5 * oracle.norms[i]!),
    );
    expect(wrong).toEqual([]);
    const expected = microbatchClippedSum(oracle, clipNorm);
    const sums = await sumsOf(model, batch, options);
    expect([...sums.keys()].sort()).toEqual([...expected.keys()].sort());
    // Relative to the examples' contributions, whose sum may cancel.
    const scaleOf = (normOf: (unit: number) => number) =>
      oracle.norms.reduce((total, norm, i) => {
        const contributed = normOf(i) * Math.min(1, clipNorm / norm);
        return Number.isFinite(contributed) ? total + contributed : total;
      }, 0);
    // A gradient that is zero but for rounding, as of an attention's key bias, has no scale of its own.
    const rounding = 2e-7 * scaleOf((i) => oracle.norms[i]!);
    for (const [name, sum] of sums) {
      const scale = scaleOf((i) => distance(new Map([[name, oracle.gradients[i]!.get(name)!]])));
      const error = distance(new Map([[name, expected.get(name)!]]), new Map([[name, sum]]));
      expect(error).toBeLessThanOrEqual(1e-5 * scale + rounding);
    }
  }
}
