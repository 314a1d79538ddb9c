import type * as tfl from '@tensorflow/tfjs-layers';
import { DataError, isWeight, paddingRow, type Batch, type Dataset } from '@dpquant/data';
import { outputShapeOf } from './checkTask.ts';
import type { Task } from './task.ts';

// A local name: looking up a global for every value is slow where globals are intercepted.
const { isFinite } = Number;

/** Longer examples are shown by their beginning. */
const shownValues = 8;

/**
 * Refuses examples that a task has no use for, batch by batch: those that are not finite, targets
 * other than it expects, and weights other than from 0 to the data set's greatest one.
 *
 * @param dataset that batches are of
 * @returns throws DataError that names the first wrong row and what is expected there; the message
 *   is for the data's owner alone
 */
export function exampleCheck(
  model: tfl.LayersModel,
  dataset: Pick<Dataset, 'name' | 'greatestWeight'>,
  task: Task,
): (batch: Batch) => void {
  const outputShape = outputShapeOf(model);
  const refuse = (row: number, what: string, got: ArrayLike<number>) => {
    const shown = Array.from(got).slice(0, shownValues).join(' ');
    const rest = got.length > shownValues ? ' …' : '';
    throw new DataError(
      `${dataset.name}, row ${row}: expected ${what}, got ${shown}${rest}; mend the example or leave it out`,
    );
  };
  const { greatestWeight = 1 } = dataset;
  return ({ size, inputs, targets, keys, weights }) => {
    const [inputLength, targetLength] = [inputs.length / size, targets.length / size];
    for (let i = 0; i < size; i++) {
      const row = keys.rows[i]!;
      if (row === paddingRow) continue;
      const input = inputs.subarray(i * inputLength, (i + 1) * inputLength);
      const wrong = input.find((value) => !isFinite(value));
      if (wrong !== undefined) refuse(row, 'inputs that are finite', [wrong]);
      if (weights && !isWeight(weights[i]!, greatestWeight)) {
        refuse(row, `a weight from 0 to ${greatestWeight}`, weights.subarray(i, i + 1));
      }
      const target = targets.subarray(i * targetLength, (i + 1) * targetLength);
      const expected = target.every((value) => isFinite(value))
        ? task.expectedTarget?.(target, outputShape)
        : 'finite numbers';
      if (expected) refuse(row, `as target ${expected}`, target);
    }
  };
}
