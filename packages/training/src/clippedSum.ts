import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Batch, Dataset } from '@dpquant/data';
import {
  contribute,
  trainableVariables,
  type ContributeOptions,
  type ExampleBatch,
} from '@dpquant/gradients';
import type { ClippedSums } from '@dpquant/mechanisms';

/** Un-noised quantities of one step: outside of any guarantee, for debugging on public data. */
export interface UnsafeStepStatistics {
  /** Number of examples drawn. */
  readonly batchSize: number;
  /** Mean loss of the examples drawn; NaN if none was. */
  readonly loss: number;
  /** Share of the examples whose gradient was scaled down or left out. */
  readonly clippedShare: number;
}

/**
 * Clipped gradient sum over the given rows, in physical batches of one fixed size whose last is
 * padded. How the rows are cut into batches changes the sum by rounding only: the batches' sums are
 * added in float64. No rows give a sum of zeros.
 */
export async function clippedSum(
  model: tfl.LayersModel,
  dataset: Dataset,
  rows: ArrayLike<number>,
  physicalBatchSize: number,
  options: ContributeOptions,
): Promise<ClippedSums & { unsafe: UnsafeStepStatistics }> {
  const sums = new Map(
    trainableVariables(model).map((variable) => [variable.name, new Float64Array(variable.size)]),
  );
  let lossSum = 0;
  let clipped = 0;
  for (let start = 0; start < rows.length; start += physicalBatchSize) {
    const end = Math.min(start + physicalBatchSize, rows.length);
    const chosen = Uint32Array.from({ length: end - start }, (_, i) => rows[start + i]!);
    const batch = await dataset.read(chosen, { size: physicalBatchSize });
    const tensors = batchTensors(batch, dataset);
    const contribution = await contribute(model, tensors, options);
    for (const [name, tensor] of contribution.sums) {
      const sum = sums.get(name)!;
      (await tensor.data<'float32'>()).forEach((value, i) => (sum[i]! += value));
    }
    lossSum += contribution.unsafe.lossSum;
    for (let i = 0; i < end - start; i++) if (contribution.unsafe.factors[i]! < 1) clipped++;
    contribution.dispose();
    tf.dispose([tensors.inputs, tensors.targets]);
  }
  return {
    sums: new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum)])),
    sensitivity: options.clipping.sensitivity,
    unsafe: {
      batchSize: rows.length,
      loss: lossSum / rows.length,
      clippedShare: clipped / rows.length,
    },
  };
}

function batchTensors(
  batch: Batch,
  dataset: Dataset,
): ExampleBatch & { inputs: tf.Tensor; targets: tf.Tensor } {
  return {
    inputs: tf.tensor(batch.inputs, [batch.size, ...dataset.inputShape]),
    targets: tf.tensor(batch.targets, [batch.size, ...dataset.targetShape]),
    mask: batch.mask,
    keys: batch.keys,
  };
}
