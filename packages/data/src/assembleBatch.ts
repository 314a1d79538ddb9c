import type { Batch, Dataset, ReadOptions } from './dataset.ts';

/** The row number in the keys of padding; no data set has this row. */
export const paddingRow = 0xffffffff;

/**
 * Writes one example: its input at `inputs[inputOffset]`, its target at `targets[targetOffset]`.
 */
export type WriteExample = (
  row: number,
  inputs: Float32Array,
  inputOffset: number,
  targets: Float32Array,
  targetOffset: number,
) => void;

/**
 * Builds a batch, as `Dataset.read` does for every data set: checks rows and views, calls `write`
 * for each example, adds padding and the mask, and gives each example the key of its row and view.
 *
 * @throws RangeError for a row or view that does not exist, or a `size` that is too small
 */
export function assembleBatch(
  dataset: Pick<Dataset, 'count' | 'inputShape' | 'targetShape'>,
  rows: ArrayLike<number>,
  { size = rows.length, views }: ReadOptions,
  write: WriteExample,
): Batch {
  if (!Number.isSafeInteger(size) || size < rows.length) {
    throw new RangeError(
      `size: expected a whole number of at least the ${rows.length} rows, got ${String(size)}`,
    );
  }
  if (views && views.length !== rows.length) {
    throw new RangeError(
      `views: expected one for each of ${rows.length} rows, got ${views.length}`,
    );
  }
  const inputLength = elementCount(dataset.inputShape);
  const targetLength = elementCount(dataset.targetShape);
  const batch: Batch = {
    size,
    inputs: new Float32Array(size * inputLength),
    targets: new Float32Array(size * targetLength),
    mask: new Float32Array(size).fill(1, 0, rows.length),
    keys: { rows: new Uint32Array(size).fill(paddingRow), views: new Uint32Array(size) },
  };
  for (let i = 0; i < rows.length; i++) {
    const row = requireRow(rows[i]!, dataset.count);
    write(row, batch.inputs, i * inputLength, batch.targets, i * targetLength);
    batch.keys.rows[i] = row;
    batch.keys.views[i] = requireView(views?.[i] ?? 0);
  }
  return batch;
}

/** Number of elements of a shape; 1 for []. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * Returns `row`.
 *
 * @throws RangeError unless it is a whole number below `count`
 */
export function requireRow(row: number, count: number): number {
  if (!Number.isInteger(row) || row < 0 || row >= count) {
    throw new RangeError(`row: expected a whole number below ${count}, got ${String(row)}`);
  }
  return row;
}

function requireView(view: number): number {
  if (!Number.isInteger(view) || view < 0 || view >= 2 ** 16) {
    throw new RangeError(`view: expected a whole number below 2^16, got ${String(view)}`);
  }
  return view;
}
