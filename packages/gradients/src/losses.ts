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
