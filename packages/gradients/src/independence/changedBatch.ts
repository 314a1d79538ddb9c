import * as tf from '@tensorflow/tfjs-core';
import type { ExampleBatch } from '../contributeOptions.ts';

/** A batch in which some examples were replaced. The caller disposes its tensors. */
export type ChangedBatch = ExampleBatch & { inputs: tf.Tensor[]; targets: tf.Tensor[] };

/** A replacement of some examples of a batch by other examples. */
export interface BatchChange {
  /** Places of the replaced examples in the batch. */
  readonly examples: readonly number[];
  /** Makes the changed batch. The caller disposes its tensors. */
  readonly make: () => ChangedBatch;
}

/**
 * The batch in which each changed example has the values of the next example, its inputs multiplied
 * by a factor. The caller disposes its tensors.
 *
 * @param factors by the place of a changed example
 */
export function withChangedExamples(
  batch: ExampleBatch,
  factors: ReadonlyMap<number, number>,
): ChangedBatch {
  const count = batch.mask.length;
  const rows = Array.from({ length: count }, (_, i) => (factors.has(i) ? (i + 1) % count : i));
  const column = Float32Array.from({ length: count }, (_, i) => factors.get(i) ?? 1);
  const scaled = (tensor: tf.Tensor) =>
    tf.tidy(() => {
      const changed = picked(tensor, rows);
      if (tensor.dtype !== 'float32') return changed;
      return tf.mul(changed, tf.tensor(column, [count, ...tensor.shape.slice(1).map(() => 1)]));
    });
  return {
    ...batch,
    inputs: tensorsOf(batch.inputs).map(scaled),
    targets: tensorsOf(batch.targets).map((tensor) => picked(tensor, rows)),
  };
}

/**
 * The batch with the target of example `all` at every place, but that of example `other` at the
 * changed places; without inputs. The caller disposes its tensors.
 */
export function withTwoTargets(
  batch: ExampleBatch,
  all: number,
  other: number,
  changed: readonly number[],
): ChangedBatch {
  const rows = Array.from({ length: batch.mask.length }, (_, i) =>
    changed.includes(i) ? other : all,
  );
  return {
    ...batch,
    inputs: [],
    targets: tensorsOf(batch.targets).map((tensor) => picked(tensor, rows)),
  };
}

export function disposeBatch({ inputs, targets }: ChangedBatch): void {
  tf.dispose([...inputs, ...targets]);
}

/** Rows of a tensor, in any order. */
function picked(tensor: tf.Tensor, rows: readonly number[]): tf.Tensor {
  return tf.tidy(() => tf.gather(tensor, tf.tensor1d([...rows], 'int32')));
}

function tensorsOf(tensors: ExampleBatch['inputs']): tf.Tensor[] {
  return [tensors].flat();
}
