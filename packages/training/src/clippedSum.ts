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
  /** Number of privacy units drawn. */
  readonly batchSize: number;
  /** Mean loss of the examples drawn; NaN if none was. */
  readonly loss: number;
  /** Share of the units whose gradient was scaled down or left out. */
  readonly clippedShare: number;
}

/** Rows of a data set, unit after unit, with the view number of each. */
export interface ViewedRows {
  readonly rows: Uint32Array;
  readonly views: Uint32Array;
}

/**
 * Clipped gradient sum over the given rows, in physical batches of one fixed size whose last is
 * padded. How the rows are cut into batches changes the sum by rounding only: the batches' sums are
 * added in float64. No rows give a sum of zeros.
 *
 * @param physicalBatchSize examples at a time; less where whole units of `rowsPerUnit` fit worse, more
 *   where not even one fits
 */
export async function clippedSum(
  model: tfl.LayersModel,
  dataset: Dataset,
  { rows, views }: ViewedRows,
  physicalBatchSize: number,
  options: ContributeOptions,
): Promise<ClippedSums & { unsafe: UnsafeStepStatistics }> {
  const sums = new Map(
    trainableVariables(model).map((variable) => [variable.name, new Float64Array(variable.size)]),
  );
  const { rowsPerUnit = 1 } = options;
  const size = rowsPerUnit * Math.max(1, Math.floor(physicalBatchSize / rowsPerUnit));
  let unclippedCount = 0;
  let lossSum = 0;
  let clipped = 0;
  for (let start = 0; start < rows.length; start += size) {
    const end = Math.min(start + size, rows.length);
    const batch = await dataset.read(rows.subarray(start, end), {
      size,
      views: views.subarray(start, end),
    });
    const tensors = batchTensors(batch, dataset);
    const contribution = await contribute(model, tensors, options);
    for (const [name, tensor] of contribution.sums) {
      const sum = sums.get(name)!;
      (await tensor.data<'float32'>()).forEach((value, i) => (sum[i]! += value));
    }
    unclippedCount += contribution.unclippedCount;
    lossSum += contribution.unsafe.lossSum;
    for (let i = 0; i < (end - start) / rowsPerUnit; i++) {
      if (contribution.unsafe.factors[i]! < 1) clipped++;
    }
    contribution.dispose();
    tf.dispose([tensors.inputs, tensors.targets]);
  }
  return {
    sums: new Map([...sums].map(([name, sum]) => [name, Float32Array.from(sum)])),
    sensitivity: options.clipping.sensitivity,
    unclippedCount,
    unsafe: {
      batchSize: rows.length / rowsPerUnit,
      loss: lossSum / rows.length,
      clippedShare: (clipped * rowsPerUnit) / rows.length,
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
