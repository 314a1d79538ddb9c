import * as tf from '@tensorflow/tfjs-core';
import type { PerExampleLoss } from '@dpquant/gradients';
import { targetShapesOf } from './checkTask.ts';
import type { Task } from './task.ts';

export interface ClassWeightOptions {
  /**
   * Weight of each class, multiplied with the loss before clipping. A weight above 1 has no effect
   * on gradients that already exceed the clip norm, so rather lower the other weights. Public:
   * never compute it from the number of private examples in a class. Default 1 each.
   */
  readonly classWeights?: readonly number[] | undefined;
}

/**
 * A task whose loss is multiplied by the weight of each example's class; its metrics are not
 * weighted. A weight changes the gradients of its own class's examples only.
 *
 * @param classes number of classes; targets are indices [n] or one-hot [n, classes]. Left out if it
 *   is the number of output units
 * @throws RangeError for weights that are not positive; the task throws RangeError for a number of
 *   weights other than the number of classes
 */
export function withClassWeights(
  task: Task,
  { classWeights }: ClassWeightOptions,
  classes?: number,
): Task {
  if (classWeights === undefined) return task;
  const wrong = classWeights.find((weight) => !(weight > 0 && weight < Infinity));
  if (classWeights.length === 0 || wrong !== undefined) {
    throw new RangeError(
      `classWeights: expected a positive number for each class, got ${classWeights.join(', ') || 'none'}`,
    );
  }
  return {
    ...task,
    // Part of the name, so that a resumed run must have the same weights.
    name: `${task.name}, classes weighted ${classWeights.join(' : ')}`,
    loss: weightedLoss(task.loss, classWeights),
    targetShape(outputShape) {
      const shapes = targetShapesOf(task, outputShape);
      const expected = classes ?? outputShape[0]!;
      if (classWeights.length === expected) return shapes;
      throw new RangeError(
        `classWeights: expected one for each of ${expected} classes, got ${classWeights.length}`,
      );
    },
  };
}

function weightedLoss(loss: PerExampleLoss, classWeights: readonly number[]): PerExampleLoss {
  const weighted = (predictions: tf.Tensor, targets: tf.Tensor): tf.Tensor1D =>
    tf.tidy(() => {
      const weights = tf.tensor1d([...classWeights]);
      const isOneHot = targets.rank === 2 && targets.shape[1] === classWeights.length;
      const ofExamples = isOneHot
        ? tf.sum(tf.mul(targets, weights), 1)
        : // An invalid class index gets weight 0; gather would fail the whole step.
          tf.sum(
            tf.mul(
              tf.oneHot(tf.cast(tf.reshape(targets, [-1]), 'int32'), classWeights.length),
              weights,
            ),
            1,
          );
      return tf.mul(loss(predictions, targets), ofExamples);
    });
  return Object.assign(weighted, { takesLogits: loss.takesLogits ?? false });
}
