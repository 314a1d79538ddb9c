import * as tf from '@tensorflow/tfjs-core';
import { requireClassIndices, requireSameShape } from './lossShapes.ts';

/**
 * A loss function of predictions and targets that returns one value per example, [n]. The value of
 * an example must depend on that example alone.
 */
export interface PerExampleLoss {
  (predictions: tf.Tensor, targets: tf.Tensor): tf.Tensor1D;
  /**
   * Whether the predictions are logits: a model that ends in a sigmoid or softmax is then refused
   * before training. Default false.
   */
  readonly takesLogits?: boolean;
}

/** The loss of a model: one loss, or one for each output of the model, in order; they are added. */
export type ModelLoss = PerExampleLoss | readonly PerExampleLoss[];

/**
 * Cross entropy of a softmax over logits [n, classes] with class indices [n] or [n, 1]. It takes
 * logits, since the logarithm of a softmax in float32 loses small probabilities.
 *
 * @throws RangeError for other shapes
 */
export const softmaxCrossEntropy: PerExampleLoss = ofLogits((logits, targets) => {
  requireClassIndices('softmaxCrossEntropy', logits, targets);
  return tf.tidy(() => {
    const [n, classes] = logits.shape as [number, number];
    const indices = tf.reshape(tf.cast(targets, 'int32'), [n]);
    const target = tf.sum(tf.mul(logits, tf.oneHot(indices, classes)), 1);
    return tf.sub(tf.logSumExp(logits, 1), target);
  });
});

/**
 * Cross entropy of a softmax over logits [n, …, classes] with probabilities of the same shape,
 * summed over the positions of an example.
 *
 * @throws RangeError for other shapes
 */
export const categoricalCrossEntropy: PerExampleLoss = ofLogits((logits, targets) => {
  requireSameShape(
    'categoricalCrossEntropy',
    logits,
    targets,
    'for class indices use softmaxCrossEntropy, or tf.oneHot if there are several per example',
  );
  return tf.tidy(() => {
    const logPartition = tf.logSumExp(logits, logits.rank - 1, true);
    const probabilities = tf.reshape(targets, logits.shape);
    return sumOfExample(tf.mul(probabilities, tf.sub(logPartition, logits)));
  });
});

/**
 * Cross entropy of independent probabilities, summed over those of an example, from logits and
 * targets in [0, 1] of the same shape. With one logit per example, [n, 1], targets may also be [n].
 *
 * @throws RangeError for other shapes
 */
export const binaryCrossEntropy: PerExampleLoss = ofLogits((logits, targets) => {
  requireSameShape('binaryCrossEntropy', logits, targets);
  return tf.tidy(() => {
    const alike = tf.reshape(targets, logits.shape);
    // log(1 + e^z) − z·t without overflow: max(z, 0) − z·t + log(1 + e^−|z|).
    const linear = tf.sub(tf.relu(logits), tf.mul(logits, alike));
    return sumOfExample(tf.add(linear, tf.log1p(tf.exp(tf.neg(tf.abs(logits))))));
  });
});

/**
 * Mean, over an example's outputs, of the squared difference from targets of the same shape. With
 * one output per example, [n, 1], targets may also be [n].
 *
 * @throws RangeError for other shapes
 */
export const meanSquaredError: PerExampleLoss = (predictions, targets) => {
  requireSameShape('meanSquaredError', predictions, targets);
  return tf.tidy(() => {
    const outputs = tf.util.sizeFromShape(predictions.shape.slice(1));
    const difference = tf.sub(predictions, tf.reshape(targets, predictions.shape));
    return tf.div<tf.Tensor1D>(sumOfExample(tf.square(difference)), outputs);
  });
};

function ofLogits(loss: (logits: tf.Tensor, targets: tf.Tensor) => tf.Tensor1D): PerExampleLoss {
  return Object.assign(loss, { takesLogits: true });
}

/** [n, …] → [n]. */
function sumOfExample(values: tf.Tensor): tf.Tensor1D {
  return tf.sum(tf.reshape(values, [values.shape[0], -1]), 1);
}
