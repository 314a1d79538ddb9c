import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct } from '@dpquant/quantization';
import { ArithmeticPass } from './arithmeticPass.ts';
import type { LayerPass, LookupOperation, WeightedOperation } from './layerPass.ts';

/**
 * The operations of a pass as ordinary differentiable ones, for one example: their gradients are those
 * of the weights, and the tape adds them up. What the tapped pass is tested against in low precision;
 * layers in float32 are not replaced at all there.
 */
export class MicrobatchPass extends ArithmeticPass implements LayerPass {
  readonly #kept: tf.Tensor[] = [];

  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape: number[] = weight.shape,
  ): tf.Tensor {
    const multiplication = this.arithmetic.multiplication(layer, product);
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

  lookup(
    weight: tf.Variable,
    operation: (keep: <T extends tf.Tensor>(tensor: T) => T) => LookupOperation,
  ): tf.Tensor {
    return tf.customGrad(() => {
      const { value, backward } = operation((tensor) => {
        this.#kept.push(tf.keep(tensor));
        return tensor;
      });
      return {
        value,
        gradFunc: (dy: tf.Tensor) => {
          const gradients = backward(dy);
          const sum = gradients.weightedSum(Float32Array.of(1));
          gradients.dispose();
          return sum;
        },
      };
    })(weight);
  }

  dispose(): void {
    tf.dispose(this.#kept);
  }
}
