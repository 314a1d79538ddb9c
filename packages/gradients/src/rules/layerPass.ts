import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct, RandomPurpose } from '@dpquant/quantization';
import { derivePhiloxKey, type ExampleKeys, type PhiloxKey } from '@dpquant/random';
import type { PerExampleGradients } from '../perExampleGradients.ts';

/** Source of the random bits of a pass over a batch. */
export interface PassRandomness {
  readonly key: PhiloxKey;
  /** Number of the training step. */
  readonly step: number;
}

/** Source of the random bits for one purpose in one layer. */
export function layerRandomness(
  { key, step }: PassRandomness,
  layer: string,
  purpose: RandomPurpose | 'noise',
): PassRandomness {
  return { key: derivePhiloxKey(key, 'rounding', layer, purpose), step };
}

/** The result of an operation with a weight, and its gradient function. */
export interface WeightedOperation {
  readonly value: tf.Tensor;
  /**
   * Gradient with respect to the input (null if it has none, as for indices), and the weight's
   * gradient of each example, [n, …shape of the weight].
   */
  readonly backward: (dy: tf.Tensor) => { dx: tf.Tensor | null; gradients: tf.Tensor };
}

/** The result of an operation with several weights at once. */
export interface JointlyWeightedOperation {
  readonly value: tf.Tensor;
  /** As in `WeightedOperation`, with one of `gradients` for each weight. */
  readonly backward: (dy: tf.Tensor) => { dx: tf.Tensor | null; gradients: readonly tf.Tensor[] };
}

/** The result of a lookup of weights by indices, which have no gradient. */
export interface LookupOperation {
  readonly value: tf.Tensor;
  /** The weight's gradient of each example. The caller owns them. */
  readonly backward: (dy: tf.Tensor) => PerExampleGradients;
}

/** The operations that a layer rule uses for everything that involves a weight. */
export interface LayerPass {
  /** The keys of the batch's examples, by which random bits are drawn. */
  readonly examples: ExampleKeys;
  /** Random bits for dropout and noise layers, of their own for each call of a layer. */
  noise(layer: string): PassRandomness;
  /**
   * The linear product of x and a weight, in the layer's arithmetic.
   *
   * @param layer name of the layer, which selects its arithmetic and its random bits
   * @param shape shape in which the product takes the weight. Default: the weight's own
   */
  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape?: number[],
  ): tf.Tensor;
  /**
   * An operation with a weight that is so small that the gradients of all examples fit into memory.
   *
   * @param operation gets x and `keep`, which protects a tensor from the tidy around the operation
   */
  weighted(
    x: tf.Tensor,
    weight: tf.Variable,
    operation: (x: tf.Tensor, keep: <T extends tf.Tensor>(tensor: T) => T) => WeightedOperation,
  ): tf.Tensor;
  /** The same with several such weights. */
  weightedJointly(
    x: tf.Tensor,
    weights: readonly tf.Variable[],
    operation: (
      x: tf.Tensor,
      keep: <T extends tf.Tensor>(tensor: T) => T,
    ) => JointlyWeightedOperation,
  ): tf.Tensor;
  /**
   * An operation on a weight alone, with its own form of per-example gradients.
   *
   * @param operation gets `keep`, as in `weighted`
   */
  lookup(
    weight: tf.Variable,
    operation: (keep: <T extends tf.Tensor>(tensor: T) => T) => LookupOperation,
  ): tf.Tensor;
}

/** x + bias over the last axis. */
export function addBias(pass: LayerPass, x: tf.Tensor, bias: tf.Variable): tf.Tensor {
  return pass.weighted(x, bias, (input) => ({
    value: tf.add(input, bias),
    backward: (dy) => ({ dx: dy, gradients: sumOverPositions(dy) }),
  }));
}

/** x·scale over the last axis. */
export function multiplyChannels(pass: LayerPass, x: tf.Tensor, scale: tf.Variable): tf.Tensor {
  return pass.weighted(x, scale, (input, keep) => {
    const kept = keep(tf.clone(input));
    return {
      value: tf.mul(input, scale),
      backward: (dy) => ({
        dx: tf.mul(dy, scale),
        gradients: sumOverPositions(tf.mul(dy, kept)),
      }),
    };
  });
}

/** [n, …, channels] → [n, channels]. */
function sumOverPositions(values: tf.Tensor): tf.Tensor {
  return tf.sum(tf.reshape(values, [values.shape[0], -1, values.shape.at(-1)!]), 1);
}
