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
import { syntheticExamples, type ExampleShapes } from './syntheticExamples.ts';
import type { FoundSums, SumSetting } from './source/gradientSource.ts';
import { modelTensors } from './modelParts.ts';
import { rowsInBatch } from './source/physicalBatches.ts';

const count = 4;

/**
 * Checks on synthetic examples of the data set's shape that no example influences another's output
 * or loss. Private rows are not read.
 */
export async function probeIndependence(
  model: tfl.LayersModel,
  shapes: ExampleShapes,
  loss: ModelLoss,
  physicalBatchSize: number,
): Promise<void> {
  const batch = syntheticBatch(model, shapes);
  const full = syntheticBatch(model, shapes, Math.max(count, physicalBatchSize));
  try {
    await checkIndependence(model, batch, loss);
    // Finds mixing that needs many examples, such as statistics over groups of eight.
    if (physicalBatchSize > count) await checkValues(model, full, loss);
  } finally {
    tf.dispose([batch, full].flatMap(({ inputs, targets }) => [inputs, targets]));
  }
}

/**
 * Compares the per-example gradients of a model with TensorFlow.js's own, on synthetic examples.
 */
export async function probeGradients(
  model: tfl.LayersModel,
  shapes: ExampleShapes,
  loss: ModelLoss,
): Promise<void> {
  const batch = syntheticBatch(model, shapes);
  try {
    await checkGradients(model, batch, loss);
  } finally {
    tf.dispose([batch.inputs, batch.targets]);
  }
}

/**
 * Checks whether sums are exact with all layers in each of the formats: three synthetic physical
 * batches of the run's size per format (`findInexactSums`).
 */
export async function probeSums(
  model: tfl.LayersModel,
  shapes: ExampleShapes,
  loss: ModelLoss,
  formats: readonly string[],
  { physicalBatchSize, rowsPerUnit, clipping }: SumSetting,
): Promise<FoundSums> {
  const batch = syntheticBatch(model, shapes, count * rowsPerUnit);
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

/** Synthetic examples as tensors, which the caller disposes. */
function syntheticBatch(model: tfl.LayersModel, shapes: ExampleShapes, examples = count) {
  const values = syntheticExamples(shapes, examples);
  return {
    ...modelTensors(model, { size: examples, ...values }, shapes),
    mask: new Float32Array(examples).fill(1),
    keys: {
      rows: Uint32Array.from({ length: examples }, (_, i) => i),
      views: new Uint32Array(examples),
    },
  } satisfies ExampleBatch;
}
