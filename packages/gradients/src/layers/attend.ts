import * as tf from '@tensorflow/tfjs-core';

/** How the positions of a sequence attend to each other. */
export interface AttentionOptions {
  /** Number of heads; divides the width. */
  readonly heads: number;
  /** Whether a position attends only to itself and to those before it. */
  readonly causal: boolean;
}

/**
 * Scaled dot-product attention with several heads (Vaswani et al., arXiv 1706.03762): within each
 * example softmax(q·kᵀ/√(width/heads))·v. No weights, in float32.
 *
 * @param queries [n, positions, width], as are keys and values and the result
 */
export function attend(
  queries: tf.Tensor,
  keys: tf.Tensor,
  values: tf.Tensor,
  { heads, causal }: AttentionOptions,
): tf.Tensor {
  const [n, positions, width] = queries.shape as [number, number, number];
  const size = width / heads;
  const byHead = (x: tf.Tensor) =>
    tf.transpose(tf.reshape(x, [n, positions, heads, size]), [0, 2, 1, 3]);
  const products = tf.matMul(byHead(queries), byHead(keys), false, true);
  const scores = tf.mul(products, 1 / Math.sqrt(size));
  const weights = tf.softmax(causal ? tf.add(scores, laterPositions(positions)) : scores);
  const attended = tf.matMul(weights, byHead(values));
  return tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [n, positions, width]);
}

/** −10⁹ where the column comes after the row, which a softmax makes 0; 0 elsewhere. */
function laterPositions(positions: number): tf.Tensor2D {
  const values = Float32Array.from({ length: positions * positions }, (_, i) =>
    i % positions > Math.floor(i / positions) ? -1e9 : 0,
  );
  return tf.tensor2d(values, [positions, positions]);
}
