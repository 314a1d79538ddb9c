import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ModelLoss, PerExampleLoss } from '@dpquant/gradients';
import { outputNamesOf } from '../modelParts.ts';
import { createTask } from './builtInTasks.ts';
import { taskScore } from './checkTask.ts';
import { isSeveral, type ModelTask, type SeveralTasks, type Task } from './task.ts';

export interface SeveralTasksOptions {
  /** Public factor of each output's loss in the sum of losses, by output name. Default 1. */
  readonly weights?: Readonly<Record<string, number>> | undefined;
  /**
   * Metric for early stopping, as `label.accuracy`. Default: the score of the first output's task.
   */
  readonly score?: Task['score'] | undefined;
}

/**
 * One task for each output of a model with several: their losses are added, example by example,
 * before clipping. Metrics are named by output, as `label.accuracy`.
 *
 * @param outputs task, or name of a task, for each output, by the output's name (the name of its
 *   layer)
 * @throws RangeError for fewer than two outputs, an unknown task or metric, and weights that are
 *   not positive
 */
export function severalTasks(
  outputs: Readonly<Record<string, string | Task>>,
  { weights = {}, score }: SeveralTasksOptions = {},
): SeveralTasks {
  const tasks = Object.entries(outputs).map(
    ([output, task]) => [output, typeof task === 'string' ? createTask(task) : task] as const,
  );
  if (tasks.length < 2) {
    throw new RangeError(
      `severalTasks: expected a task for each of two outputs or more, got ${tasks.length}; for one output give its task itself`,
    );
  }
  requireWeights(weights, Object.keys(outputs));
  const all = tasks.map(([output]) => [output, weights[output] ?? 1] as const);
  const several = {
    // Part of the name, so that a resumed run must have the same tasks and weights.
    name: tasks
      .map(([output, { name }], i) => {
        const weight = all[i]![1];
        return `${output}=${name}${weight === 1 ? '' : ` × ${weight}`}`;
      })
      .join(', '),
    outputs: Object.fromEntries(tasks),
    weights: Object.fromEntries(all),
  };
  const scored = { ...several, score: score ?? taskScore(several) };
  requireMetric(scored);
  return scored;
}

/**
 * The loss of a model for a task: one, or one for each output in the model's order.
 *
 * @throws RangeError for an output without a task
 */
export function lossOf(model: Pick<tfl.LayersModel, 'outputs'>, task: ModelTask): ModelLoss {
  if (!isSeveral(task)) return task.loss;
  return outputNamesOf(model).map((output) => {
    const own = task.outputs[output];
    if (!own) {
      throw new RangeError(
        `task '${task.name}': has no task for the model's output ${output}; give one for each`,
      );
    }
    return times(own.loss, task.weights[output] ?? 1);
  });
}

/** A loss multiplied by a factor, for the same kind of predictions. */
function times(loss: PerExampleLoss, weight: number): PerExampleLoss {
  if (weight === 1) return loss;
  const weighted = (predictions: tf.Tensor, targets: tf.Tensor): tf.Tensor1D =>
    tf.tidy(() => tf.mul<tf.Tensor1D>(loss(predictions, targets), weight));
  return Object.assign(weighted, { takesLogits: loss.takesLogits ?? false });
}

function requireMetric({ outputs, score }: SeveralTasks): void {
  const known = Object.entries(outputs).flatMap(([output, { metrics }]) =>
    Object.keys(metrics).map((metric) => `${output}.${metric}`),
  );
  if (known.includes(score!.metric)) return;
  throw new RangeError(
    `severalTasks: expected as score one of ${known.join(', ')}, got ${score!.metric}`,
  );
}

function requireWeights(weights: Readonly<Record<string, number>>, outputs: readonly string[]) {
  for (const [output, weight] of Object.entries(weights)) {
    if (outputs.includes(output) && weight > 0 && weight < Infinity) continue;
    throw new RangeError(
      `severalTasks: expected positive weights of ${outputs.join(', ')}, got ${weight} of ${output}; ` +
        'leave an output out of the model that is not to be learned',
    );
  }
}
