import * as tf from '@tensorflow/tfjs-core';
import type { PerExampleLoss } from '@dpquant/gradients';
import { targetShapesOf } from './checkTask.ts';
import type { Task } from './task.ts';

export interface ClassWeightOptions {
  /**
   * What the loss of each class's examples is multiplied by, before clipping: a gradient that is
   * longer than the clip norm is no longer for a weight above 1, so rather lower the other weights.
   * Public: never computed from how many private examples a class has. Default 1 each.
   */
  readonly classWeights?: readonly number[] | undefined;
}

/**
 * A task whose loss takes each example as often as the weight of its class says; metrics do not. A
 * weight changes the gradient of its own examples only.
 *
 * @param classes number of classes, of which targets are indices [n] or one-hot [n, classes]; left
 *   out where it is the length of the outputs
 * @throws RangeError for weights that are not positive, and later for another number of them than
 *   classes
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
    // A run that goes on has the same weights: it goes by the name.
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
        : // An index of no class weighs nothing, where gather would end the whole step.
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
