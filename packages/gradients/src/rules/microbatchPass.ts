import * as tf from '@tensorflow/tfjs-core';
import type { ForwardProduct, LinearProduct } from '@dpquant/quantization';
import { productGradients, type PerExampleGradients } from '../perExampleGradients.ts';
import { ArithmeticPass } from './arithmeticPass.ts';
import type { LayerPass, LookupOperation, JointlyWeightedOperation } from './layerPass.ts';

/**
 * The operations of a pass as ordinary differentiable ones, for one example: TensorFlow.js adds up
 * the gradients of small weights. Those of products and lookups, which are read asynchronously, are
 * zero there and collected in `gradients`. The tapped pass is tested against it in low precision;
 * layers in float32 are not replaced at all there.
 */
export class MicrobatchPass extends ArithmeticPass implements LayerPass {
  /** Gradients of products and lookups, use by use. Owned by this pass. */
  readonly gradients: PerExampleGradients[] = [];
  readonly #products: ForwardProduct[] = [];
  readonly #kept: tf.Tensor[] = [];

  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape: number[] = weight.shape,
  ): tf.Tensor {
    const multiplication = this.arithmetic.multiplication(layer, product);
    return tf.customGrad((input) => {
      const forward = multiplication.forward(input as tf.Tensor, tf.reshape(weight, shape));
      this.#products.push(forward);
      return {
        value: forward.y,
        gradFunc: (dy: tf.Tensor) => {
          const { dx, weightGradient } = forward.backward(dy);
          this.gradients.push(productGradients(weight, weightGradient));
          return [dx!, tf.zerosLike(weight)];
        },
      };
    })(x, weight);
  }

  weightedJointly(
    x: tf.Tensor,
    weights: readonly tf.Variable[],
    operation: (
      x: tf.Tensor,
      keep: <T extends tf.Tensor>(tensor: T) => T,
    ) => JointlyWeightedOperation,
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
          return [
            dx ?? tf.zerosLike(input as tf.Tensor),
            ...gradients.map((gradient) => tf.squeeze(gradient, [0])),
          ];
        },
      };
    })(x, ...weights);
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
          this.gradients.push(backward(dy));
          return tf.zerosLike(weight);
        },
      };
    })(weight);
  }

  dispose(): void {
    for (const product of this.#products) product.dispose();
    for (const gradients of this.gradients) gradients.dispose();
    tf.dispose(this.#kept);
  }
}
