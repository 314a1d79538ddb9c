import * as tf from '@tensorflow/tfjs-core';

/**
 * A loss that is a sum over examples: predictions and targets in, one value an example out ([n]).
 * The value of an example must depend on that example alone.
 */
export type PerExampleLoss = (predictions: tf.Tensor, targets: tf.Tensor) => tf.Tensor1D;

/**
 * Cross entropy of a softmax over logits [n, classes] with class indices [n]. Takes logits, since
 * the logarithm of a softmax that was rounded to float32 loses the small probabilities.
 */
export const softmaxCrossEntropy: PerExampleLoss = (logits, targets) =>
  tf.tidy(() => {
    const classes = logits.shape[1]!;
    const oneHot = tf.oneHot(tf.cast(targets, 'int32'), classes);
    const target = tf.sum(tf.mul(logits, oneHot), 1);
    return tf.sub(tf.logSumExp(logits, 1), target);
  });

/** Cross entropy of a softmax over logits [n, …, classes] with probabilities of the same shape. */
export const categoricalCrossEntropy: PerExampleLoss = (logits, targets) =>
  tf.tidy(() => {
    const last = logits.rank - 1;
    const logPartition = tf.logSumExp(logits, last, true);
    return sumOfExample(tf.mul(targets, tf.sub(logPartition, logits)));
  });

/** Cross entropy of independent probabilities, from logits and targets in [0, 1] of one shape. */
export const binaryCrossEntropy: PerExampleLoss = (logits, targets) =>
  tf.tidy(() => {
    // log(1 + e^z) − z·t without overflow: max(z, 0) − z·t + log(1 + e^−|z|).
    const linear = tf.sub(tf.relu(logits), tf.mul(logits, targets));
    return sumOfExample(tf.add(linear, tf.log1p(tf.exp(tf.neg(tf.abs(logits))))));
  });

/** Mean, over an example's outputs, of the squared difference from targets of the same shape. */
export const meanSquaredError: PerExampleLoss = (predictions, targets) =>
  tf.tidy(() => {
    const outputs = tf.util.sizeFromShape(predictions.shape.slice(1));
    const difference = tf.sub(predictions, tf.reshape(targets, predictions.shape));
    return tf.div(sumOfExample(tf.square(difference)), outputs) as tf.Tensor1D;
  });

/** [n, …] → [n]. */
function sumOfExample(values: tf.Tensor): tf.Tensor1D {
  return tf.sum(tf.reshape(values, [values.shape[0]!, -1]), 1);
}
