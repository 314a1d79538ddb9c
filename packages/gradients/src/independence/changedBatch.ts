import * as tf from '@tensorflow/tfjs-core';
import type { ExampleBatch } from '../contribute.ts';

/** A batch in which one example is another one. The caller disposes its tensors. */
export type ChangedBatch = ExampleBatch & { inputs: tf.Tensor[]; targets: tf.Tensor[] };

/** One example that becomes another one, at its place in the batch. */
export interface ExampleChange {
  readonly example: number;
  /** Makes the changed batch, which the caller disposes. */
  make(): ChangedBatch;
}

/**
 * The batch with the values of one example from another's, times a factor for its inputs; targets stay
 * valid.
 *
 * @param other whose values it gets
 */
export function withExampleOf(
  batch: ExampleBatch,
  example: number,
  other: number,
  factor = 1,
): ChangedBatch {
  return {
    ...batch,
    inputs: withRow(batch.inputs, example, other, factor),
    targets: withRow(batch.targets, example, other, 1),
  };
}

/** The batch with the target of one example everywhere but at `except`, which gets that of `other`. */
export function withOneTarget(
  batch: ExampleBatch,
  all: number,
  change: { readonly example: number; readonly target: number } | null,
): ChangedBatch {
  const rows = Array.from({ length: batch.mask.length }, (_, i) =>
    i === change?.example ? change.target : all,
  );
  return {
    ...batch,
    inputs: tensorsOf(batch.inputs).map((tensor) => tf.clone(tensor)),
    targets: tensorsOf(batch.targets).map((tensor) => picked(tensor, rows)),
  };
}

export function disposeBatch({ inputs, targets }: ChangedBatch): void {
  tf.dispose([...inputs, ...targets]);
}

function withRow(
  tensors: ExampleBatch['inputs'],
  example: number,
  other: number,
  factor: number,
): tf.Tensor[] {
  return tensorsOf(tensors).map((tensor) =>
    tf.tidy(() => {
      const count = tensor.shape[0]!;
      const rows = Array.from({ length: count }, (_, i) => (i === example ? other : i));
      const changed = picked(tensor, rows);
      if (factor === 1 || tensor.dtype !== 'float32') return changed;
      const isExample = Float32Array.from({ length: count }, (_, i) =>
        i === example ? factor : 1,
      );
      const column = [count, ...tensor.shape.slice(1).map(() => 1)];
      return tf.mul(changed, tf.tensor(isExample, column));
    }),
  );
}

/** Rows of a tensor, in any order. */
function picked(tensor: tf.Tensor, rows: readonly number[]): tf.Tensor {
  return tf.tidy(() => tf.gather(tensor, tf.tensor1d([...rows], 'int32')));
}

function tensorsOf(tensors: ExampleBatch['inputs']): tf.Tensor[] {
  return [tensors].flat() as tf.Tensor[];
}
