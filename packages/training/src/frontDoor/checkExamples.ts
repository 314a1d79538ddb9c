import { checkReadable, DataError, paddingRow, type Dataset } from '@dpquant/data';
import { outputShapeOf } from '../tasks/checkTask.ts';
import type { Task } from '../tasks/task.ts';
import type * as tfl from '@tensorflow/tfjs-layers';

/**
 * Reads all examples once before the first charge, and refuses those that the task has no use for:
 * an example that fails only when it is drawn would tell that it was.
 *
 * @throws DataError that names the first wrong row and what is expected there; for the data's owner
 *   alone
 */
export async function checkExamples(
  model: tfl.LayersModel,
  dataset: Dataset,
  task: Task,
  signal: AbortSignal | undefined,
): Promise<void> {
  const outputShape = outputShapeOf(model);
  await checkReadable(dataset, {
    signal,
    onBatch({ size, inputs, targets, keys }) {
      const [inputLength, targetLength] = [inputs.length / size, targets.length / size];
      for (let i = 0; i < size; i++) {
        const row = keys.rows[i]!;
        if (row === paddingRow) continue;
        const refuse = (what: string, expected: string, got: ArrayLike<number>) => {
          const shown = got.length > 8 ? [...Array.from(got).slice(0, 8), '…'] : Array.from(got);
          throw new DataError(
            `${dataset.name}, row ${row}: expected ${what} ${expected}, got ${shown.join(' ')}; mend the example or leave it out`,
          );
        };
        const input = inputs.subarray(i * inputLength, (i + 1) * inputLength);
        const wrong = input.find((value) => !Number.isFinite(value));
        if (wrong !== undefined) refuse('inputs that are', 'finite', [wrong]);
        const target = targets.subarray(i * targetLength, (i + 1) * targetLength);
        const expected = target.every(Number.isFinite)
          ? task.expectedTarget?.(target, outputShape)
          : 'finite numbers';
        if (expected) refuse('as target', expected, target);
      }
    },
  });
}

/**
 * Refuses to guess where numbers are asked for and all of them are 0 or 1: a yes or no is learned
 * better by its own loss.
 */
export async function requireNumbers(dataset: Dataset): Promise<void> {
  let areLabels = dataset.count > 0;
  await checkReadable(dataset, {
    onBatch: ({ targets }) => {
      areLabels &&= targets.every((target) => target === 0 || target === 1);
    },
  });
  if (!areLabels) return;
  throw new RangeError(
    `task: all targets of "${dataset.name}" are 0 or 1; say by task: 'binary' that they mean no and yes, or by task: ` +
      "'regression' that they are numbers",
  );
}
