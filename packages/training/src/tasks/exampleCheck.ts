import type * as tfl from '@tensorflow/tfjs-layers';
import {
  DataError,
  isWeight,
  paddingRow,
  weightRemedy,
  type Batch,
  type Dataset,
} from '@dpquant/data';
import { outputNamesOf } from '../modelParts.ts';
import { outputShapeOf, outputShapesOf } from './checkTask.ts';
import { isSeveral, type ModelTask } from './task.ts';

// A local name: looking up a global for every value is slow where globals are intercepted.
const { isFinite } = Number;

/** Number of values that messages show of an example. */
const shownValues = 8;

/**
 * A function that checks batches and refuses invalid examples: values that are not finite, targets
 * that the task does not expect, and weights outside the range from 0 to the data set's greatest
 * one.
 *
 * @param dataset the batches' data set; it has passed `requireTask`
 * @returns the function; it throws DataError that names the first invalid row and what is expected.
 *   The message shows data: it is for their owner alone
 */
export function exampleCheck(
  model: tfl.LayersModel,
  dataset: Pick<Dataset, 'name' | 'targetParts' | 'greatestWeight'>,
  task: ModelTask,
): (batch: Batch) => void {
  const expectedTarget = targetCheck(model, dataset, task);
  const refuse = (row: number, what: string, got: ArrayLike<number>) => {
    const shown = Array.from(got).slice(0, shownValues).join(' ');
    const rest = got.length > shownValues ? ' …' : '';
    throw new DataError(
      `${dataset.name}, row ${row}: expected ${what}, got ${shown}${rest}; correct the example or leave it out`,
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
        throw new DataError(`${dataset.name}, row ${row}: ${weightRemedy(greatestWeight)}`);
      }
      const target = targets.subarray(i * targetLength, (i + 1) * targetLength);
      const expected = target.every((value) => isFinite(value))
        ? expectedTarget(target)
        : 'finite numbers';
      if (expected) refuse(row, `as target ${expected}`, target);
    }
  };
}

/** What one example's targets should be, if they are not valid; otherwise null. */
function targetCheck(
  model: tfl.LayersModel,
  { targetParts = [] }: Pick<Dataset, 'targetParts'>,
  task: ModelTask,
): (target: Float32Array) => string | null {
  if (!isSeveral(task)) {
    const outputShape = outputShapeOf(model);
    return (target) => task.expectedTarget?.(target, outputShape) ?? null;
  }
  const outputShapes = outputShapesOf(model);
  let end = 0;
  const checks = targetParts.map(({ name, shape }) => {
    const start = end;
    end += shape.reduce((a, b) => a * b, 1);
    const outputShape = outputShapes[outputNamesOf(model).indexOf(name)]!;
    return { name, start, end, outputShape, own: task.outputs[name]! };
  });
  return (target) => {
    for (const { name, start, end, outputShape, own } of checks) {
      const expected = own.expectedTarget?.(target.subarray(start, end), outputShape);
      if (expected) return `for ${name} ${expected}`;
    }
    return null;
  };
}
