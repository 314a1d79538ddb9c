import type * as tfl from '@tensorflow/tfjs-layers';
import { trainableValueCount } from '@dpquant/gradients';
import { subset, type Dataset } from '@dpquant/data';
import { evaluate } from '../tasks/evaluate.ts';
import type { ModelTask } from '../tasks/task.ts';

/**
 * Refuses a model that cannot learn.
 *
 * @throws RangeError for a model without trainable weights, and for weights that are not finite
 */
export async function requireTrainable(model: tfl.LayersModel): Promise<void> {
  if (trainableValueCount(model) === 0) {
    throw new RangeError(
      'model: has no trainable weights; set trainable = true on the layers that are to learn',
    );
  }
  for (const weight of model.weights) {
    const values = await weight.read().data();
    if (values.every(Number.isFinite)) continue;
    throw new RangeError(
      `model: the weight "${weight.originalName}" has values that are not finite; load the model again, or make a new one`,
    );
  }
}

/** @throws TypeError unless it is a model */
export function requireModel(model: unknown): void {
  const { layers, weights, outputs } = (model ?? {}) as Partial<tfl.LayersModel>;
  if ([layers, weights, outputs].every(Array.isArray)) return;
  throw new TypeError(
    `model: expected a tf.LayersModel, as tf.sequential and tf.model make, got ${model === null ? 'null' : typeof model}`,
  );
}

/** Number of public examples on which the metrics are tried. */
const triedExamples = 256;

/**
 * Tries the metrics of a task on public examples before anything is charged; a metric that fails
 * after the training would lose it.
 *
 * @throws TypeError for a metric that does not return a number, and what a metric throws
 */
export async function requireMetrics(
  model: tfl.LayersModel,
  validation: Dataset,
  task: ModelTask,
): Promise<void> {
  const count = Math.min(triedExamples, validation.count);
  const rows = Array.from({ length: count }, (_, row) => row);
  const { metrics } = await evaluate(model, subset(validation, rows), task);
  const wrong = Object.entries(metrics).find(([, value]) => typeof value !== 'number');
  if (!wrong) return;
  throw new TypeError(
    `task '${task.name}': expected a number from the metric ${wrong[0]}, NaN where it is not defined, got ${describe(wrong[1])}`,
  );
}

function describe(value: unknown): string {
  return value instanceof Promise ? 'a promise' : typeof value;
}
