import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { summedLoss } from './exampleLosses.ts';
import { correctedCall } from './correctedCalls.ts';
import { withReplacedCalls, type Replacement } from './interception.ts';
import { trainableVariables } from './modelLayers.ts';
import type { PerExampleGradients } from './perExampleGradients.ts';
import { MicrobatchPass } from './rules/microbatchPass.ts';
import { PassArithmetic } from './rules/passArithmetic.ts';
import { appliedRule } from './rules/registry.ts';
import { replacementsFor } from './rules/replacements.ts';

/** The gradient of each unit, from its examples taken one at a time. */
export interface MicrobatchGradients {
  /** One map per unit: weight name → gradient, flat, in float64. */
  readonly gradients: readonly ReadonlyMap<string, Float64Array>[];
  /** L2 norms over all weights. */
  readonly norms: Float64Array;
}

/**
 * Per-example gradients one example at a time, by TensorFlow.js's own differentiation: slow and
 * simple, the reference that `contribute` is tested against. Layers in float32 run unchanged; those
 * in low precision multiply the same quantized operands, one example at a time.
 */
export async function microbatchGradients(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: Pick<ContributeOptions, 'loss' | 'arithmetic' | 'randomness' | 'rowsPerUnit'>,
): Promise<MicrobatchGradients> {
  const rows: Map<string, Float32Array>[] = [];
  for await (const gradients of gradientsOfExamples(model, batch, options)) rows.push(gradients);
  const { rowsPerUnit = 1 } = options;
  const gradients = Array.from({ length: rows.length / rowsPerUnit }, (_, unit) =>
    meanGradient(rows.slice(unit * rowsPerUnit, (unit + 1) * rowsPerUnit)),
  );
  return { gradients, norms: Float64Array.from(gradients, normOf) };
}

/** The gradient of each example in turn, as `tapeGradients` returns it. */
export async function* gradientsOfExamples(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  options: Pick<ContributeOptions, 'loss' | 'arithmetic' | 'randomness'>,
): AsyncGenerator<Map<string, Float32Array>> {
  for (let i = 0; i < batch.mask.length; i++) {
    const example = exampleOf(batch, i);
    try {
      yield await tapeGradients(model, example, options);
    } finally {
      tf.dispose([...example.inputs, ...example.targets]);
    }
  }
}

/** L2 norm of a gradient over all its weights. */
export function normOf(weights: ReadonlyMap<string, Float32Array | Float64Array>): number {
  let squared = 0;
  for (const values of weights.values()) {
    // eslint-disable-next-line @typescript-eslint/prefer-for-of -- an iterator is 10 times slower
    for (let i = 0; i < values.length; i++) squared += values[i]! ** 2;
  }
  return Math.sqrt(squared);
}

/** Example `i` as a batch of its own. The caller disposes its tensors. */
function exampleOf(
  batch: ExampleBatch,
  i: number,
): ExampleBatch & { inputs: tf.Tensor[]; targets: tf.Tensor[] } {
  const slice = (tensors: tf.Tensor | readonly tf.Tensor[]) =>
    [tensors].flat().map((tensor) => tf.slice(tensor, [i], [1]));
  return {
    inputs: slice(batch.inputs),
    targets: slice(batch.targets),
    mask: batch.mask.slice(i, i + 1),
    ...(batch.weights ? { weights: batch.weights.slice(i, i + 1) } : {}),
    keys: { rows: batch.keys.rows.slice(i, i + 1), views: batch.keys.views.slice(i, i + 1) },
  };
}

/**
 * Gradient of the summed loss of a batch by TensorFlow.js's own differentiation, by weight name,
 * flat; without an entry for a weight that the loss does not depend on. If layers run in low
 * precision, the batch must have one example.
 */
export async function tapeGradients(
  model: tfl.LayersModel,
  batch: ExampleBatch,
  { loss, arithmetic, randomness }: Pick<ContributeOptions, 'loss' | 'arithmetic' | 'randomness'>,
): Promise<Map<string, Float32Array>> {
  const pass = new MicrobatchPass(new PassArithmetic(batch.keys, randomness, arithmetic));
  const byRule = replacementsFor(pass);
  const replaced: Replacement = (layer) => {
    const isPlain = arithmetic(layer.name).name === 'float32' && !appliedRule(layer)?.isRandom;
    return isPlain ? correctedCall(layer) : byRule(layer);
  };
  let tensors: tf.NamedTensorMap = {};
  try {
    tensors = tf.tidy(
      () =>
        withReplacedCalls(model, replaced, () =>
          tf.variableGrads(() => summedLoss(model, batch, loss), trainableVariables(model)),
        ).grads,
    );
    const values = new Map<string, Float32Array>();
    for (const [name, gradient] of Object.entries(tensors)) {
      values.set(name, (await gradient.data<'float32'>()).slice());
    }
    for (const use of pass.gradients) {
      const sum = values.get(use.variable.name);
      if (sum) await addGradient(sum, use);
    }
    return values;
  } finally {
    pass.dispose();
    tf.dispose(tensors);
  }
}

/** Adds the gradient of one use of a weight, from a batch of one example, in float32. */
async function addGradient(sum: Float32Array, use: PerExampleGradients): Promise<void> {
  const { weightedSum } = await use.norms();
  const gradient = weightedSum(Float32Array.of(1));
  const values = await gradient.data<'float32'>();
  gradient.dispose();
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}

function meanGradient(
  rows: readonly ReadonlyMap<string, Float32Array>[],
): Map<string, Float64Array> {
  return new Map(
    [...rows[0]!.keys()].map((name) => {
      const mean = new Float64Array(rows[0]!.get(name)!.length);
      for (const row of rows) {
        const values = row.get(name)!;
        for (let i = 0; i < mean.length; i++) mean[i]! += values[i]! / rows.length;
      }
      return [name, mean];
    }),
  );
}

/**
 * Σ over the units of min(1, C/‖g‖)·g, by weight name, in float64; gradients that are not finite
 * are left out.
 */
export function microbatchClippedSum(
  { gradients, norms }: MicrobatchGradients,
  clipNorm: number,
): Map<string, Float64Array> {
  const sums = new Map<string, Float64Array>();
  gradients.forEach((weights, i) => {
    for (const [name, values] of weights) {
      const sum = sums.get(name) ?? new Float64Array(values.length);
      sums.set(name, sum);
      if (!Number.isFinite(norms[i])) continue;
      const factor = Math.min(1, clipNorm / norms[i]!);
      values.forEach((value, j) => (sum[j]! += factor * value));
    }
  });
  return sums;
}
