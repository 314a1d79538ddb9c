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
 * One forward and one backward pass in which every operation that has a weight is *tapped*: its
 * gradient function keeps what the weight's per-example gradients need and returns the gradient of
 * a scalar that nobody uses, the tap, instead of the gradient of the weight. Differentiating with
 * respect to the tap walks the whole tape and forms no weight gradient.
 *
 * Rules call its operations instead of the layer's own.
 */
export class TappedPass extends ArithmeticPass implements LayerPass {
  readonly #tap: tf.Variable;
  readonly #gradients: PerExampleGradients[] = [];
  /** Everything that outlives the tape's tidy, whether or not its backward step is reached. */
  readonly #kept: tf.Tensor[] = [];
  readonly #products: ForwardProduct[] = [];
  /** Whether an operation before had a weight: otherwise nobody asks for gradients of inputs. */
  #hasWeights = false;

  constructor(tap: tf.Variable, arithmetic: PassArithmetic) {
    super(arithmetic);
    this.#tap = tap;
  }

  /** What the backward pass left, use by use; complete once the tape was walked. */
  get gradients(): readonly PerExampleGradients[] {
    return this.#gradients;
  }

  /** The same, which the caller owns from now on. */
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
          // Nobody comes back to it, unless it is a result itself.
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

/** The gradients of an operation, without what they were made from. */
function tidied(backward: () => WeightedGradients): WeightedGradients {
  let result!: WeightedGradients;
  tf.tidy(() => {
    result = backward();
    const { dx, gradients } = result;
    return dx ? [dx, ...gradients] : [...gradients];
  });
  return result;
}
