import type * as tfl from '@tensorflow/tfjs-layers';
import { outputNamesOf } from '../modelParts.ts';
import { createTask } from '../tasks/builtInTasks.ts';
import { isSameShape, outputShapeOf, requireTask } from '../tasks/checkTask.ts';
import { shapeText } from '../tasks/shapeText.ts';
import type { ModelTask, Task } from '../tasks/task.ts';
import type { GivenExamples } from './exampleData.ts';

/**
 * The requested task, or else the only one that the public shapes and types allow: `classification`
 * for several output units and one target, `regression` for one output unit and a target that is
 * not of an integer type.
 *
 * @throws RangeError if more than one task is possible, if the model has several outputs without a
 *   task for each, and if model or targets do not fit the task
 */
export function taskFor(
  model: tfl.LayersModel,
  { dataset, targetsAreWhole }: GivenExamples,
  given: string | ModelTask | undefined,
): ModelTask {
  const task =
    given === undefined
      ? impliedTask(model, dataset.targetShape, targetsAreWhole)
      : typeof given === 'string'
        ? createTask(given)
        : given;
  requireTask(model, dataset, task);
  return task;
}

function impliedTask(
  model: tfl.LayersModel,
  targetShape: readonly number[],
  targetsAreWhole: boolean | null,
): Task {
  requireOneOutput(model);
  const outputShape = outputShapeOf(model);
  const isOneTarget = isSameShape(targetShape, []);
  if (isOneTarget && outputShape.length === 1 && outputShape[0]! >= 2) {
    return createTask('classification');
  }
  if (isOneTarget && isSameShape(outputShape, []) && targetsAreWhole === false) {
    return createTask('regression');
  }
  throw new RangeError(
    `task: outputs ${shapeText(outputShape)} with targets ${shapeText(targetShape)} can be learned in more than one way; ` +
      "say which by task: 'classification' (class indices or one-hot), 'binary', 'multilabel' or 'regression', or give a task " +
      'of your own',
  );
}

function requireOneOutput(model: tfl.LayersModel): void {
  const outputNames = outputNamesOf(model);
  if (outputNames.length === 1) return;
  const tasks = outputNames.map((output) => `${output}: 'regression'`).join(', ');
  throw new RangeError(
    `task: the model has the outputs ${outputNames.join(', ')}; say what each is to learn, as by task: severalTasks({ ${tasks} })`,
  );
}
