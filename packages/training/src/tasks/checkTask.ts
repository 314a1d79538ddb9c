import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { outputNamesOf, targetShapesIn } from '../modelParts.ts';
import { shapeText } from './shapeText.ts';
import { isSeveral, type ModelTask, type Task, type TaskScore } from './task.ts';

/**
 * Refuses a model or targets that do not fit a task; compares names and shapes only.
 *
 * @throws RangeError with the remedy
 */
export function requireTask(
  model: tfl.LayersModel,
  dataset: Pick<Dataset, 'name' | 'targetShape' | 'targetParts'>,
  task: ModelTask,
): void {
  requireTaskOfEach(model, task);
  if (!isSeveral(task)) requireScore(task);
  const given = targetShapesIn(model, dataset);
  const { name } = dataset;
  if (!isSeveral(task)) {
    requireTargets(task, `"${name}"`, given as readonly number[], outputShapeOf(model));
    return;
  }
  for (const [i, output] of outputNamesOf(model).entries()) {
    const shape = (given as readonly (readonly number[])[])[i]!;
    const where = `"${output}" of "${name}"`;
    requireTargets(task.outputs[output]!, where, shape, fixedShape(model, i));
  }
}

/** A score that is not among the metrics would never improve. */
function requireScore(task: Task): void {
  const names = Object.keys(task.metrics);
  if (names.length === 0) {
    throw new RangeError(`task '${task.name}': has no metrics; give at least one, by its name`);
  }
  const { metric } = taskScore(task);
  if (names.includes(metric)) return;
  throw new RangeError(
    `task '${task.name}': its score is the metric ${metric}, and it has ${names.join(', ')}; name one of them`,
  );
}

/**
 * Refuses a task for another number of outputs, or for outputs with other names.
 *
 * @throws RangeError with the remedy
 */
function requireTaskOfEach(model: tfl.LayersModel, task: ModelTask): void {
  const outputNames = outputNamesOf(model);
  const names = outputNames.join(', ');
  if (!isSeveral(task)) {
    if (outputNames.length === 1) return;
    const tasks = outputNames.map((output) => `${output}: …`).join(', ');
    throw new RangeError(
      `task '${task.name}': is for a model with one output, this one has ${names}; give a task for each: ` +
        `severalTasks({ ${tasks} }), on the command line --task ${outputNames.map((output) => `${output}=…`).join(',')}`,
    );
  }
  const given = Object.keys(task.outputs);
  const isSame =
    given.length === outputNames.length && outputNames.every((output) => given.includes(output));
  if (isSame) return;
  throw new RangeError(
    `task '${task.name}': expected a task for each of the model's outputs ${names}, got ${given.join(', ')}; an output has ` +
      'the name of the layer that it comes from',
  );
}

function requireTargets(
  task: Task,
  where: string,
  targetShape: readonly number[],
  outputShape: readonly number[],
): void {
  const shapes = targetShapesOf(task, outputShape);
  if (shapes.some((shape) => isSameShape(shape, targetShape))) return;
  throw new RangeError(
    `task '${task.name}': ${where} has targets ${shapeText(targetShape)}, and outputs ` +
      `${shapeText(outputShape)} go with targets ${shapes.map(shapeText).join(' or ')}; bring the targets to that shape, ` +
      'change the last layer, or take another task',
  );
}

/** Target shapes that a task allows for outputs of the given shape. */
export function targetShapesOf(
  { targetShape }: Pick<Task, 'targetShape'>,
  outputShape: readonly number[],
): readonly (readonly number[])[] {
  return typeof targetShape === 'function' ? targetShape(outputShape) : [targetShape];
}

/**
 * Shape of the output for one example, of a model with one output.
 *
 * @throws RangeError for several outputs, and for axes without a fixed length
 */
export function outputShapeOf(model: tfl.LayersModel): readonly number[] {
  if (model.outputs.length === 1) return fixedShape(model, 0);
  throw new RangeError(
    `model: expected one output, got ${outputNamesOf(model).join(', ')}; give a task for each`,
  );
}

/**
 * Shapes of the outputs for one example, in the model's order.
 *
 * @throws RangeError for axes without a fixed length
 */
export function outputShapesOf(model: tfl.LayersModel): readonly (readonly number[])[] {
  return model.outputs.map((_, i) => fixedShape(model, i));
}

function fixedShape({ outputs }: tfl.LayersModel, i: number): readonly number[] {
  const shape = outputs[i]!.shape.slice(1);
  if (shape.every((size): size is number => size !== null)) return shape;
  throw new RangeError(
    `model: expected outputs of a fixed shape, got ${shapeText(outputs[i]!.shape)}; bring them into one`,
  );
}

/** Whether two shapes are the same, apart from trailing axes of size 1. */
export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  const trimmed = (shape: readonly number[]) => {
    let { length } = shape;
    while (length > 0 && shape[length - 1] === 1) length--;
    return shape.slice(0, length).join();
  };
  return trimmed(a) === trimmed(b);
}

/** The score for early stopping; greater is better. */
export function scoreOf(task: ModelTask, metrics: Readonly<Record<string, number>>): number {
  const { metric, better } = taskScore(task);
  const value = metrics[metric] ?? NaN;
  return better === 'greater' ? value : -value;
}

/**
 * The metric for early stopping and comparisons: `task.score`, or the first metric; for several
 * tasks, that of the first output.
 */
export function taskScore(task: ModelTask): TaskScore {
  if (task.score) return task.score;
  if (!isSeveral(task)) return { metric: Object.keys(task.metrics)[0]!, better: 'greater' };
  const [output, own] = Object.entries(task.outputs)[0]!;
  const { metric, better } = taskScore(own);
  return { metric: `${output}.${metric}`, better };
}
