import * as tf from '@tensorflow/tfjs-core';
import {
  checkGradients,
  checkIndependence,
  checkValues,
  findInexactSums,
  type ExampleBatch,
  type ModelLoss,
} from '@dpquant/gradients';
import { createClippingRule } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import type * as tfl from '@tensorflow/tfjs-layers';
import { madeUpExamples, type ExampleShapes } from './madeUpExamples.ts';
import type { FoundSums, SumSetting } from './source/gradientSource.ts';
import { modelTensors } from './modelParts.ts';
import { rowsInBatch } from './source/physicalBatches.ts';

const count = 4;

/**
 * Probes a model and its loss for mixing examples, on made-up ones of the data set's shape: private
 * rows are not looked at.
 */
export async function probeIndependence(
  model: tfl.LayersModel,
  shapes: ExampleShapes,
  loss: ModelLoss,
  physicalBatchSize: number,
): Promise<void> {
  const batch = madeUpBatch(model, shapes);
  const full = madeUpBatch(model, shapes, Math.max(count, physicalBatchSize));
  try {
    await checkIndependence(model, batch, loss);
    // What mixes only among many examples, as statistics of groups of eight do.
    if (physicalBatchSize > count) await checkValues(model, full, loss);
  } finally {
    tf.dispose([batch, full].flatMap(({ inputs, targets }) => [inputs, targets]));
  }
}

/** Holds the per-example gradients of a model against TensorFlow.js's own, on made-up examples. */
export async function probeGradients(
  model: tfl.LayersModel,
  shapes: ExampleShapes,
  loss: ModelLoss,
): Promise<void> {
  const batch = madeUpBatch(model, shapes);
  try {
    await checkGradients(model, batch, loss);
  } finally {
    tf.dispose([batch.inputs, batch.targets]);
  }
}

/**
 * Looks, on made-up examples in physical batches of the run's size, whether sums are exact with all
 * layers in each of the formats: three batches a format (`findInexactSums`).
 */
export async function probeSums(
  model: tfl.LayersModel,
  shapes: ExampleShapes,
  loss: ModelLoss,
  formats: readonly string[],
  { physicalBatchSize, rowsPerUnit, clipping }: SumSetting,
): Promise<FoundSums> {
  const batch = madeUpBatch(model, shapes, count * rowsPerUnit);
  const { scope } = createClippingRule(clipping.rule, clipping.clipNorm);
  const unitsInBatch = rowsInBatch(physicalBatchSize, rowsPerUnit) / rowsPerUnit;
  try {
    for (const format of formats) {
      const arithmetic = layerArithmetic(format);
      const reason = await findInexactSums(model, batch, {
        ...{ loss, scope, rowsPerUnit, unitsInBatch },
        arithmetic: () => arithmetic,
      });
      if (reason !== null) return { arithmetic: 'float', reason, format };
    }
    return { arithmetic: 'exact' };
  } finally {
    tf.dispose([batch.inputs, batch.targets]);
  }
}

/** Made-up examples as tensors, which the caller disposes. */
function madeUpBatch(model: tfl.LayersModel, shapes: ExampleShapes, examples = count) {
  const madeUp = madeUpExamples(shapes, examples);
  return {
    ...modelTensors(model, { size: examples, ...madeUp }, shapes),
    mask: new Float32Array(examples).fill(1),
    keys: {
      rows: Uint32Array.from({ length: examples }, (_, i) => i),
      views: new Uint32Array(examples),
    },
  } satisfies ExampleBatch;
}
