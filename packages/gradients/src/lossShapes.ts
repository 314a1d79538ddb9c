import type * as tf from '@tensorflow/tfjs-core';

/**
 * Requires logits [n, classes] of at least two classes, and class indices [n] or [n, 1].
 *
 * @throws RangeError for other shapes
 */
export function requireClassIndices(loss: string, logits: tf.Tensor, targets: tf.Tensor): void {
  const [n, classes] = logits.shape;
  const ofExample = targets.shape.slice(1);
  const isOfOne = ofExample.every((size) => size === 1);
  if (logits.rank === 2 && classes! < 2) {
    throw new RangeError(
      `${loss}: expected logits of at least two classes, got ${shapeOf(logits)}; ` +
        'give the model one output per class, or train on one logit with binaryCrossEntropy',
    );
  }
  if (logits.rank === 2 && targets.shape[0] === n && targets.rank <= 2 && isOfOne) return;
  const remedy =
    logits.rank === 2 && targets.rank === 2 && targets.shape[0] === n && ofExample[0] === classes
      ? 'for one-hot targets or probabilities use categoricalCrossEntropy'
      : 'for logits of another shape use categoricalCrossEntropy with tf.oneHot targets';
  throw new RangeError(
    `${loss}: expected logits [n, classes] and class indices [n], got logits ${shapeOf(logits)} and ` +
      `targets ${shapeOf(targets)}; ${remedy}`,
  );
}

/**
 * Requires targets of the shape of the predictions, axes of size 1 ignored: TensorFlow.js would
 * broadcast other shapes, and mix examples.
 *
 * @param forIndices the remedy for targets that look like class indices
 * @throws RangeError for other shapes
 */
export function requireSameShape(
  loss: string,
  predictions: tf.Tensor,
  targets: tf.Tensor,
  forIndices?: string,
): void {
  const sizes = ({ shape: [n, ...ofExample] }: tf.Tensor) =>
    [n, ...ofExample.filter((size) => size !== 1)].join();
  if (predictions.rank > 0 && sizes(predictions) === sizes(targets)) return;
  const looksLikeIndices = shapeOf(targets) === `[${predictions.shape.slice(0, -1).join(', ')}]`;
  throw new RangeError(
    `${loss}: expected predictions and targets of one shape [n, …], got predictions ` +
      `${shapeOf(predictions)} and targets ${shapeOf(targets)}; ` +
      (forIndices && looksLikeIndices
        ? forIndices
        : 'give targets in the shape of the predictions'),
  );
}

/** A tensor's shape as text, for messages. */
export function shapeOf({ shape }: { shape: readonly (number | null)[] }): string {
  return `[${shape.join(', ')}]`;
}
