import * as tf from '@tensorflow/tfjs-core';
import type { ForwardProduct, LinearProduct } from '@dpquant/quantization';
import {
  instantiatedGradients,
  productGradients,
  type PerExampleGradients,
} from '../perExampleGradients.ts';
import { ArithmeticPass } from './arithmeticPass.ts';
import type { LayerPass, LookupOperation, JointlyWeightedOperation } from './layerPass.ts';
import type { PassArithmetic } from './passArithmetic.ts';

type WeightedGradients = ReturnType<JointlyWeightedOperation['backward']>;

/**
 * One forward and one backward pass that collects per-example gradients. Every operation with a
 * weight takes an unused scalar, the *tap*, as an input in place of the weight. Its gradient
 * function stores what the per-example gradients need, and returns a gradient of the tap instead of
 * one of the weight. Differentiating with respect to the tap runs all gradient functions, and
 * computes no weight gradient.
 */
export class TappedPass extends ArithmeticPass implements LayerPass {
  readonly #tap: tf.Variable;
  readonly #gradients: PerExampleGradients[] = [];
  /**
   * Tensors kept beyond the tidy of the tape, and freed by `dispose` even without a backward pass.
   */
  readonly #kept: tf.Tensor[] = [];
  readonly #products: ForwardProduct[] = [];
  /** Whether an earlier operation had a weight: otherwise no gradients of inputs are needed. */
  #hasWeights = false;

  constructor(tap: tf.Variable, arithmetic: PassArithmetic) {
    super(arithmetic);
    this.#tap = tap;
  }

  /** The gradients of each use of a weight; complete after the backward pass. */
  get gradients(): readonly PerExampleGradients[] {
    return this.#gradients;
  }

  /** The same; the caller owns them from then on. */
  takeGradients(): PerExampleGradients[] {
    return this.#gradients.splice(0);
  }

  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape: number[] = weight.shape,
  ): tf.Tensor {
    const isFirst = this.#isFirst();
    const multiplication = this.arithmetic.multiplication(layer, product);
    return this.#tapped(x, !isFirst, (input) => {
      const forward = multiplication.forward(input, tf.reshape(weight, shape));
      this.#products.push(forward);
      return {
        value: forward.y,
        backward: (dy) => {
          const { dx, weightGradient } = forward.backward(dy, !isFirst);
          this.#gradients.push(productGradients(weight, weightGradient));
          return dx;
        },
      };
    });
  }

  weightedJointly(
    x: tf.Tensor,
    weights: readonly tf.Variable[],
    operation: (
      x: tf.Tensor,
      keep: <T extends tf.Tensor>(tensor: T) => T,
    ) => JointlyWeightedOperation,
  ): tf.Tensor {
    const needsInputGradient = !this.#isFirst() && x.dtype === 'float32';
    return this.#tapped(x, needsInputGradient, (input) => {
      const kept: tf.Tensor[] = [];
      const { value, backward } = operation(input, (tensor) => {
        kept.push(tensor);
        return this.#keep(tensor);
      });
      return {
        value,
        backward: (dy) => {
          const { dx, gradients } = tidied(() => backward(dy));
          weights.forEach((weight, i) => {
            this.#gradients.push(instantiatedGradients(weight, gradients[i]!));
          });
          // No longer needed, unless it is a result itself.
          tf.dispose(kept.filter((tensor) => tensor !== dx && !gradients.includes(tensor)));
          return dx ?? tf.zerosLike(input);
        },
      };
    });
  }

  lookup(
    _weight: tf.Variable,
    operation: (keep: <T extends tf.Tensor>(tensor: T) => T) => LookupOperation,
  ): tf.Tensor {
    this.#hasWeights = true;
    return this.#tapped(this.#tap, false, () => {
      const { value, backward } = operation((tensor) => this.#keep(tensor));
      return {
        value,
        backward: (dy) => {
          this.#gradients.push(backward(dy));
          return null;
        },
      };
    });
  }

  dispose(): void {
    for (const gradients of this.#gradients) gradients.dispose();
    for (const product of this.#products) product.dispose();
    tf.dispose(this.#kept);
  }

  #keep<T extends tf.Tensor>(tensor: T): T {
    this.#kept.push(tf.keep(tensor));
    return tensor;
  }

  #isFirst(): boolean {
    const isFirst = !this.#hasWeights;
    this.#hasWeights = true;
    return isFirst;
  }

  #tapped(
    x: tf.Tensor,
    needsInputGradient: boolean,
    forward: (x: tf.Tensor) => {
      value: tf.Tensor;
      backward: (dy: tf.Tensor) => tf.Tensor | null;
    },
  ): tf.Tensor {
    if (!needsInputGradient) {
      return tf.customGrad(() => {
        const { value, backward } = forward(x);
        return {
          value,
          gradFunc: (dy: tf.Tensor) => {
            backward(dy);
            return tf.scalar(0);
          },
        };
      })(this.#tap);
    }
    return tf.customGrad((input) => {
      const { value, backward } = forward(input as tf.Tensor);
      return {
        value,
        gradFunc: (dy: tf.Tensor) => [backward(dy)!, tf.scalar(0)],
      };
    })(x, this.#tap);
  }
}

/** Computes the gradients of an operation and frees the intermediate tensors. */
function tidied(backward: () => WeightedGradients): WeightedGradients {
  let result!: WeightedGradients;
  tf.tidy(() => {
    result = backward();
    const { dx, gradients } = result;
    return dx ? [dx, ...gradients] : [...gradients];
  });
  return result;
}
