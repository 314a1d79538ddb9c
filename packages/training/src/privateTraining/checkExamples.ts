import type * as tfl from '@tensorflow/tfjs-layers';
import { checkReadable, type Dataset } from '@dpquant/data';
import { exampleCheck } from '../tasks/exampleCheck.ts';
import type { ModelTask } from '../tasks/task.ts';

/**
 * Reads all examples once before the first charge, and refuses those that are not valid for the
 * task. An error when an example is drawn would reveal that it was drawn.
 *
 * @throws DataError as `exampleCheck`
 */
export async function checkExamples(
  model: tfl.LayersModel,
  dataset: Dataset,
  task: ModelTask,
  signal: AbortSignal | undefined,
): Promise<void> {
  await checkReadable(dataset, { signal, onBatch: exampleCheck(model, dataset, task) });
}

/**
 * Refuses to guess the task where all targets are 0 or 1: they may be numbers, or no and yes, which
 * have a better loss.
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
