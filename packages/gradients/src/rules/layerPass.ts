import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct, RandomPurpose } from '@dpquant/quantization';
import { derivePhiloxKey, type ExampleKeys, type PhiloxKey } from '@dpquant/random';
import type { PerExampleGradients } from '../perExampleGradients.ts';

/** What a pass over a batch needs for keyed rounding. */
export interface PassRandomness {
  readonly key: PhiloxKey;
  /** Number of the training step. */
  readonly step: number;
}

/** The randomness of one purpose in one layer. */
export function layerRandomness(
  { key, step }: PassRandomness,
  layer: string,
  purpose: RandomPurpose | 'noise',
): PassRandomness {
  return { key: derivePhiloxKey(key, 'rounding', layer, purpose), step };
}

/** The result of an operation with a weight, and how to go back through it. */
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
  /** As of a `WeightedOperation`, with one of `gradients` for each weight. */
  readonly backward: (dy: tf.Tensor) => { dx: tf.Tensor | null; gradients: readonly tf.Tensor[] };
}

/** The result of looking weights up by indices, which have no gradient. */
export interface LookupOperation {
  readonly value: tf.Tensor;
  /** The gradients of the weight, example by example; the caller owns them. */
  readonly backward: (dy: tf.Tensor) => PerExampleGradients;
}

/** What a layer rule works with in place of the layer's own operations. */
export interface LayerPass {
  /** Who the examples of the batch are. */
  readonly examples: ExampleKeys;
  /** The randomness of this call of a layer, for what is no rounding. */
  noise(layer: string): PassRandomness;
  /**
   * The linear product of x and a weight, in the layer's arithmetic.
   *
   * @param layer name that the arithmetic and the random bits go by
   * @param shape shape in which the product takes the weight, if it is not the weight's own
   */
  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape?: number[],
  ): tf.Tensor;
  /**
   * An operation with a weight small enough that a gradient of every example fits into memory.
   *
   * @param operation gets x and `keep`, which saves a tensor from the tidy that the operation runs in
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
   * An operation of a weight alone, whose gradients are in a form of their own.
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
