import * as tf from '@tensorflow/tfjs-core';

/**
 * Normalizes each group of channels of each example to mean 0 and variance 1: x̂ = (x − mean) /
 * √(variance + epsilon), over all positions and the group's channels.
 *
 * Its gradient is written by hand, which takes fewer passes over the data than that of the tape:
 * dx = (dx̂ − mean(dx̂) − x̂·mean(dx̂·x̂)) / √(variance + epsilon).
 *
 * @param x [n, …, channels]
 * @returns the shape of `x`; the caller owns it
 */
export function groupNormalize(x: tf.Tensor, groups: number, epsilon: number): tf.Tensor {
  const n = x.shape[0];
  const channels = x.shape.at(-1)!;
  const positions = n === 0 ? 0 : x.size / (n * channels);
  const grouped = [n, positions, groups, channels / groups];
  // Means over positions and the channels of a group; positions first, which is faster.
  const groupMeans = (values: tf.Tensor) => {
    const ofChannels =
      positions === 1 ? values : tf.mean(tf.reshape(values, [n, positions, channels]), 1);
    return tf.reshape(tf.mean(tf.reshape(ofChannels, [n, groups, -1]), 2), [n, 1, groups, 1]);
  };
  const normalize = tf.customGrad((input, save) => {
    const values = tf.reshape(input as tf.Tensor, grouped);
    const centred = tf.sub(values, groupMeans(values));
    const inverseDeviation = tf.rsqrt(tf.add(groupMeans(tf.square(centred)), epsilon));
    const normalized = tf.mul(centred, inverseDeviation);
    (save as tf.GradSaveFunc)([normalized, inverseDeviation]);
    return {
      value: tf.reshape(normalized, x.shape),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [xHat, scale] = saved as [tf.Tensor, tf.Tensor];
        const dxHat = tf.reshape(dy, grouped);
        const projection = tf.mul(xHat, groupMeans(tf.mul(dxHat, xHat)));
        const dx = tf.mul(tf.sub(tf.sub(dxHat, groupMeans(dxHat)), projection), scale);
        return tf.reshape(dx, x.shape);
      },
    };
  });
  return normalize(x);
}
