import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import type { ExampleBatch } from '@dpquant/gradients';
import { modelTensors, type ModelTensors } from '../modelParts.ts';

/** Rows of the private data set, unit after unit, with the view number of each. */
export interface ViewedRows {
  readonly rows: Uint32Array;
  readonly views: Uint32Array;
}

/** A batch of rows as tensors, which the caller disposes. */
export type TensorBatch = ExampleBatch & ModelTensors;

/**
 * Number of examples in a physical batch of whole units: the requested number, rounded down to
 * whole units of `rowsPerUnit`, but at least one unit.
 */
export function rowsInBatch(physicalBatchSize: number, rowsPerUnit: number): number {
  return rowsPerUnit * Math.max(1, Math.floor(physicalBatchSize / rowsPerUnit));
}

/**
 * Calls `use` for one physical batch after the other. All have the same fixed size; the last is
 * padded.
 *
 * @param model its inputs and outputs determine the tensors
 * @param use gets the batch, which is disposed afterwards, and the number of rows that are not
 *   padding
 * @param signal aborts before the next batch; rejects with the signal's reason
 */
export async function forEachPhysicalBatch(
  model: tfl.LayersModel,
  dataset: Dataset,
  { rows, views }: ViewedRows,
  size: number,
  use: (batch: TensorBatch, count: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  for (let start = 0; start < rows.length; start += size) {
    signal?.throwIfAborted();
    const end = Math.min(start + size, rows.length);
    const batch = await dataset.read(rows.subarray(start, end), {
      size,
      views: views.subarray(start, end),
    });
    const tensors = modelTensors(model, batch, dataset);
    try {
      const { mask, keys, weights } = batch;
      await use({ ...tensors, mask, keys, ...(weights && { weights }) }, end - start);
    } finally {
      tf.dispose([tensors.inputs, tensors.targets]);
    }
  }
}
