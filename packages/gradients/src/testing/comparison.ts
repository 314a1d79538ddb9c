import { expect } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { flatClipping, gridFactors } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { philoxKeyFromSeed } from '@dpquant/random';
import { contribute } from '../contribute.ts';
import type { ContributeOptions, ExampleBatch } from '../contributeOptions.ts';
import { softmaxCrossEntropy } from '../losses.ts';
import { microbatchGradients } from '../microbatchGradients.ts';
import { trainableVariables } from '../modelLayers.ts';

type Sums = ReadonlyMap<string, ArrayLike<number>>;

/** Options with one format for every layer. */
export function optionsFor(format: string, clipNorm = 1): ContributeOptions {
  return {
    loss: softmaxCrossEntropy,
    clipping: flatClipping(clipNorm),
    arithmetic: () => layerArithmetic(format),
    randomness: { key: philoxKeyFromSeed(1), step: 3 },
  };
}

/** A contribution's sums as real values. */
export async function sumsOf(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: ContributeOptions,
): Promise<Map<string, Float64Array>> {
  const { sums, gridUnit } = await contribute(model, batch, options);
  return new Map(
    [...sums].map(([name, sum]) => [name, Float64Array.from(sum, (value) => value * gridUnit)]),
  );
}

/** L2 norm of a − b over all weights; of a if b is left out. */
export function distance(a: Sums, b?: Sums): number {
  let squared = 0;
  for (const [name, values] of a) {
    const others = b?.get(name);
    for (let i = 0; i < values.length; i++) squared += (values[i]! - (others?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(squared);
}

/** Relative error by which a reference norm may exceed the upper bound: its rounding differs. */
const above = 1e-5;
/** By how much the upper bound may exceed the norm: relative, and for a zero gradient absolute. */
const looseness = 2e-4;
const smallest = 1e-30;

/**
 * Compares norms and clipped sums of a batch with those of one example at a time, weight by weight,
 * for clip norms that clip all, some and none. Sums must be Σ f·g up to a relative error of 1e-5
 * and half a grid unit for each unit and value, where f are the factors in grid units. No tensors
 * may leak.
 *
 * @param changes of the options, except for the clipping
 */
export async function expectEqualToOracle(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  format: string,
  changes: Partial<ContributeOptions> = {},
): Promise<void> {
  const { gradients, norms } = await microbatchGradients(model, batch, {
    ...optionsFor(format),
    ...changes,
  });
  const finite = norms.filter((norm) => norm > 0 && Number.isFinite(norm)).sort();
  const median = finite[Math.floor(finite.length / 2)] ?? 1;
  const dimension = trainableVariables(model).reduce((sum, { size }) => sum + size, 0);
  for (const clipNorm of [median / 1000, median, median * 8]) {
    const options = { ...optionsFor(format, clipNorm), ...changes };
    const tensors = tf.memory().numTensors;
    const { sums, unsafe } = await contribute(model, batch, options);
    expect(tf.memory().numTensors).toBe(tensors);
    const wrong = [...unsafe.norms].filter(
      (norm, i) =>
        !(norm >= norms[i]! * (1 - above) && norm <= norms[i]! * (1 + looseness) + smallest),
    );
    expect(wrong).toEqual([]);
    expect([...sums.keys()].sort()).toEqual([...gradients[0]!.keys()].sort());
    const factors = gridFactors(unsafe.factors, clipNorm, dimension);
    expect(factors.every((factor, i) => factor > 0 || !(norms[i]! > 0))).toBe(true);
    const scaled = (normOf: (unit: number) => number) =>
      factors.reduce((total, factor, i) => total + factor * normOf(i), 0);
    // For a gradient that is zero but for rounding, as that of an attention's key bias.
    const rounding = 2e-7 * scaled((i) => norms[i]!);
    for (const [name, sum] of sums) {
      const own = gradients.map((weights) => weights.get(name)!);
      const expected = Float64Array.from(sum, (_, j) =>
        factors.reduce((total, factor, i) => total + factor * own[i]![j]!, 0),
      );
      const error = distance(new Map([[name, expected]]), new Map([[name, sum]]));
      const scale = scaled((i) => distance(new Map([[name, own[i]!]])));
      const halves = (Math.sqrt(sum.length) / 2) * factors.filter((factor) => factor > 0).length;
      expect(error).toBeLessThanOrEqual(1e-5 * scale + rounding + halves);
    }
  }
}
