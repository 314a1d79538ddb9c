import * as tf from '@tensorflow/tfjs-core';
import {
  LayerMultiplication,
  type LayerArithmetic,
  type LinearProduct,
} from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import { CallNames } from './callNames.ts';
import {
  layerRounding,
  type LayerPass,
  type LookupOperation,
  type PassRounding,
  type WeightedOperation,
} from './layerPass.ts';

/**
 * The operations of a pass as ordinary differentiable ones, for one example: their gradients are those
 * of the weights, and the tape adds them up. What the tapped pass is tested against in low precision;
 * layers in float32 are not replaced at all there.
 */
export class MicrobatchPass implements LayerPass {
  readonly examples: ExampleKeys;
  readonly #rounding: PassRounding;
  readonly #arithmeticOf: (layer: string) => LayerArithmetic;
  readonly #calls = new CallNames();
  readonly #kept: tf.Tensor[] = [];

  constructor(
    examples: ExampleKeys,
    rounding: PassRounding,
    arithmeticOf: (layer: string) => LayerArithmetic,
  ) {
    this.examples = examples;
    this.#rounding = rounding;
    this.#arithmeticOf = arithmeticOf;
  }

  noise(layer: string): PassRounding {
    return layerRounding(this.#rounding, this.#calls.next(`${layer} noise`), 'noise');
  }

  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape: number[] = weight.shape,
  ): tf.Tensor {
    const call = this.#calls.next(layer);
    const multiplication = new LayerMultiplication({
      arithmetic: this.#arithmeticOf(layer),
      product,
      rounding: (purpose) => layerRounding(this.#rounding, call, purpose),
      examples: this.examples,
    });
    return tf.customGrad((input, weights) => ({
      value: multiplication.forward(input as tf.Tensor, tf.reshape(weights as tf.Tensor, shape)),
      gradFunc: (dy: tf.Tensor) => {
        const dx = multiplication.backward(dy)!;
        const gradient = multiplication.clippedWeightGradient(Float32Array.of(1));
        multiplication.dispose();
        return [dx, tf.reshape(gradient, weight.shape)];
      },
    }))(x, weight);
  }

  weighted(
    x: tf.Tensor,
    weight: tf.Variable,
    operation: (x: tf.Tensor, keep: <T extends tf.Tensor>(tensor: T) => T) => WeightedOperation,
  ): tf.Tensor {
    return tf.customGrad((input) => {
      const { value, backward } = operation(input as tf.Tensor, (tensor) => {
        this.#kept.push(tf.keep(tensor));
        return tensor;
      });
      return {
        value,
        gradFunc: (dy: tf.Tensor) => {
          const { dx, gradients } = backward(dy);
          return [dx ?? tf.zerosLike(input as tf.Tensor), tf.squeeze(gradients, [0])];
        },
      };
    })(x, weight);
  }

  lookup(weight: tf.Variable, operation: () => LookupOperation): tf.Tensor {
    return tf.customGrad(() => {
      const { value, backward } = operation();
      return { value, gradFunc: (dy: tf.Tensor) => backward(dy).weightedSum(Float32Array.of(1)) };
    })(weight);
  }

  dispose(): void {
    tf.dispose(this.#kept);
  }
}
