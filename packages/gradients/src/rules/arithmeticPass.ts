import type * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys } from '@dpquant/random';
import type { JointlyWeightedOperation, PassRandomness, WeightedOperation } from './layerPass.ts';
import type { PassArithmetic } from './passArithmetic.ts';

/** The parts that all kinds of passes share. */
export abstract class ArithmeticPass {
  protected readonly arithmetic: PassArithmetic;

  constructor(arithmetic: PassArithmetic) {
    this.arithmetic = arithmetic;
  }

  get examples(): ExampleKeys {
    return this.arithmetic.examples;
  }

  noise(layer: string): PassRandomness {
    return this.arithmetic.noise(layer);
  }

  weighted(
    x: tf.Tensor,
    weight: tf.Variable,
    operation: (x: tf.Tensor, keep: <T extends tf.Tensor>(tensor: T) => T) => WeightedOperation,
  ): tf.Tensor {
    return this.weightedJointly(x, [weight], (input, keep) => {
      const { value, backward } = operation(input, keep);
      return {
        value,
        backward(dy) {
          const { dx, gradients } = backward(dy);
          return { dx, gradients: [gradients] };
        },
      };
    });
  }

  abstract weightedJointly(
    x: tf.Tensor,
    weights: readonly tf.Variable[],
    operation: (
      x: tf.Tensor,
      keep: <T extends tf.Tensor>(tensor: T) => T,
    ) => JointlyWeightedOperation,
  ): tf.Tensor;
}
