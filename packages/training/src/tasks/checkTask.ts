import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { shapeText } from './shapeText.ts';
import type { Task } from './task.ts';

/**
 * Refuses a model and targets that are none of a task, by their shapes alone.
 *
 * @throws RangeError with the remedy
 */
export function requireTask(
  model: tfl.LayersModel,
  { name, targetShape }: Pick<Dataset, 'name' | 'targetShape'>,
  task: Task,
): void {
  const shapes = targetShapesOf(task, outputShapeOf(model));
  if (shapes.some((shape) => isSameShape(shape, targetShape))) return;
  throw new RangeError(
    `task '${task.name}': "${name}" has targets ${shapeText(targetShape)}, and outputs ` +
      `${shapeText(outputShapeOf(model))} go with targets ${shapes.map(shapeText).join(' or ')}; bring the targets to that shape, ` +
      'change the last layer, or take another task',
  );
}

/** Target shapes that go with outputs of a shape. */
export function targetShapesOf(
  { targetShape }: Pick<Task, 'targetShape'>,
  outputShape: readonly number[],
): readonly (readonly number[])[] {
  return typeof targetShape === 'function' ? targetShape(outputShape) : [targetShape];
}

/**
 * Shape of what a model gives for one example.
 *
 * @throws RangeError for several outputs, and for axes of no fixed length
 */
export function outputShapeOf({ outputs }: tfl.LayersModel): readonly number[] {
  const [shape, ...others] = outputs.map((output) => output.shape.slice(1));
  if (others.length === 0 && shape!.every((size): size is number => size !== null)) return shape;
  throw new RangeError(
    `model: expected one output of a fixed shape, got ${outputs.map((output) => shapeText(output.shape)).join(' and ')}; ` +
      'join the outputs into one of a fixed shape',
  );
}

/** Whether two shapes are the same, but for axes of size 1 at the end. */
export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  const trimmed = (shape: readonly number[]) => {
    let { length } = shape;
    while (length > 0 && shape[length - 1] === 1) length--;
    return shape.slice(0, length).join();
  };
  return trimmed(a) === trimmed(b);
}

/** What early stopping goes by, greater for better. */
export function scoreOf(task: Task, metrics: Readonly<Record<string, number>>): number {
  const { metric = Object.keys(task.metrics)[0]!, better = 'greater' } = task.score ?? {};
  const value = metrics[metric] ?? NaN;
  return better === 'greater' ? value : -value;
}
