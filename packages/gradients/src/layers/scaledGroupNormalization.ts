import * as tf from '@tensorflow/tfjs-core';
import {
  groupNormalizationOperations,
  type GroupNormalizationAttributes,
} from '@dpquant/operations';

/** What the backward pass needs, besides the gradient of y. */
export interface NormalizedOperands {
  readonly x: tf.Tensor;
  readonly gamma: tf.Tensor;
  /** Mean and 1/√(variance + epsilon), [n, groups, 2]. */
  readonly statistics: tf.Tensor;
}

/** The gradients of `scaledGroupNormalization`. */
export interface GroupNormalizationGradients {
  readonly dx: tf.Tensor;
  /** Gradients of each example, [n, channels], as are those of `beta`. */
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
}

/**
 * y = gamma·(x − mean)/√(variance + epsilon) + beta, mean and variance over all positions and the
 * channels of a group of each example. The caller owns the results.
 *
 * @param x [n, …, channels]
 */
export function scaledGroupNormalization(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  attributes: GroupNormalizationAttributes,
): { y: tf.Tensor; statistics: tf.Tensor } {
  if (hasKernels()) {
    const { forward } = groupNormalizationOperations;
    const [y, statistics] = forward.require({ x, gamma, beta }, attributes);
    return { y, statistics };
  }
  return tf.tidy(() => {
    const shapes = shapesOf(x, attributes.groups);
    const values = tf.reshape(x, shapes.grouped);
    const mean = groupMeans(values, shapes);
    const centred = tf.sub(values, mean);
    const variance = groupMeans(tf.square(centred), shapes);
    const inverseDeviation = tf.rsqrt(tf.add(variance, attributes.epsilon));
    const normalized = tf.mul(centred, tf.mul(inverseDeviation, tf.reshape(gamma, shapes.weights)));
    return {
      y: tf.reshape(tf.add(normalized, tf.reshape(beta, shapes.weights)), x.shape),
      statistics: tf.reshape(tf.concat([mean, inverseDeviation], 3), [-1, attributes.groups, 2]),
    };
  });
}

/**
 * The backward pass; `groupNormalize` has the formula of dx. The caller owns the results.
 *
 * @param dy gradient with respect to y, in its shape
 */
export function scaledGroupNormalizationGradients(
  dy: tf.Tensor,
  { x, gamma, statistics }: NormalizedOperands,
  attributes: GroupNormalizationAttributes,
): GroupNormalizationGradients {
  if (hasKernels()) {
    const { backward } = groupNormalizationOperations;
    const [dx, ofGamma, ofBeta] = backward.require({ x, dy, gamma, statistics }, attributes);
    return { dx, gamma: ofGamma, beta: ofBeta };
  }
  return tf.tidy(() => {
    const shapes = shapesOf(x, attributes.groups);
    const [mean, inverseDeviation] = tf
      .split(statistics, 2, 2)
      .map((part) => tf.reshape(part, [-1, 1, attributes.groups, 1])) as [tf.Tensor, tf.Tensor];
    const normalized = tf.mul(tf.sub(tf.reshape(x, shapes.grouped), mean), inverseDeviation);
    const gradients = tf.reshape(dy, shapes.grouped);
    const dNormalized = tf.mul(gradients, tf.reshape(gamma, shapes.weights));
    const products = tf.mul(gradients, normalized);
    const projection = tf.mul(normalized, groupMeans(tf.mul(dNormalized, normalized), shapes));
    const centred = tf.sub(tf.sub(dNormalized, groupMeans(dNormalized, shapes)), projection);
    const perExample = (values: tf.Tensor) =>
      tf.reshape(tf.sum(values, 1), [x.shape[0], x.shape.at(-1)!]);
    return {
      dx: tf.reshape(tf.mul(centred, inverseDeviation), x.shape),
      gamma: perExample(products),
      beta: perExample(gradients),
    };
  });
}

function hasKernels(): boolean {
  const { forward, backward } = groupNormalizationOperations;
  return forward.hasKernel() && backward.hasKernel();
}

interface GroupedShapes {
  readonly grouped: [number, number, number, number];
  readonly weights: [number, number, number, number];
}

function shapesOf(x: tf.Tensor, groups: number): GroupedShapes {
  const n = x.shape[0];
  const channels = x.shape.at(-1)!;
  const positions = n === 0 ? 0 : x.size / (n * channels);
  return {
    grouped: [n, positions, groups, channels / groups],
    weights: [1, 1, groups, channels / groups],
  };
}

/** Means over positions and the channels of a group; positions first, which is faster. */
function groupMeans(values: tf.Tensor, { grouped }: GroupedShapes): tf.Tensor {
  const [n, positions, groups, channels] = grouped;
  const ofChannels = tf.mean(tf.reshape(values, [n, positions, groups * channels]), 1);
  const ofGroups = tf.mean(tf.reshape(ofChannels, [n, groups, channels]), 2);
  return tf.reshape(ofGroups, [n, 1, groups, 1]);
}
