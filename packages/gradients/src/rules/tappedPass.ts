import * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys, PhiloxKey } from '@dpquant/random';
import { derivePhiloxKey } from '@dpquant/random';
import {
  LayerMultiplication,
  requirePerExampleScales,
  type LayerArithmetic,
  type LinearProduct,
  type RandomPurpose,
} from '@dpquant/quantization';
import {
  instantiatedGradients,
  productGradients,
  type PerExampleGradients,
} from '../perExampleGradients.ts';

/** What a pass over a batch needs for keyed rounding. */
export interface PassRounding {
  readonly key: PhiloxKey;
  /** Number of the training step. */
  readonly step: number;
}

/** The randomness of one purpose in one layer. */
export function layerRounding(
  { key, step }: PassRounding,
  layer: string,
  purpose: RandomPurpose,
): PassRounding {
  return { key: derivePhiloxKey(key, 'rounding', layer, purpose), step };
}

/**
 * One forward and one backward pass in which every operation that has a weight is *tapped*: its
 * gradient function keeps what the weight's per-example gradients need and returns the gradient of a
 * scalar that nobody uses, the tap, instead of the gradient of the weight. Differentiating with
 * respect to the tap walks the whole tape and forms no weight gradient.
 *
 * Rules call its operations instead of the layer's own.
 */
export class TappedPass {
  readonly #tap: tf.Variable;
  readonly #examples: ExampleKeys;
  readonly #rounding: PassRounding;
  readonly #arithmeticOf: (layer: string) => LayerArithmetic;
  readonly #tapped = new Set<tf.Variable>();
  readonly #gradients: PerExampleGradients[] = [];
  /** Everything that outlives the tape's tidy, whether or not its backward step is reached. */
  readonly #kept: tf.Tensor[] = [];
  readonly #multiplications: LayerMultiplication[] = [];

  constructor(
    tap: tf.Variable,
    examples: ExampleKeys,
    rounding: PassRounding,
    arithmeticOf: (layer: string) => LayerArithmetic,
  ) {
    this.#tap = tap;
    this.#examples = examples;
    this.#rounding = rounding;
    this.#arithmeticOf = arithmeticOf;
  }

  /** What the backward pass left; complete once the tape was walked. */
  get gradients(): readonly PerExampleGradients[] {
    return this.#gradients;
  }

  /** The layer's linear product in the layer's arithmetic. */
  product(layer: string, x: tf.Tensor, weights: tf.Variable, product: LinearProduct): tf.Tensor {
    const isFirst = this.#use(layer, weights);
    const arithmetic = this.#arithmeticOf(layer);
    requirePerExampleScales(arithmetic);
    const multiplication = new LayerMultiplication({
      arithmetic,
      product,
      rounding: (purpose) => layerRounding(this.#rounding, layer, purpose),
      examples: this.#examples,
    });
    this.#multiplications.push(multiplication);

    const forward = (input: tf.Tensor) => ({
      value: multiplication.forward(input, weights),
      backward: (dy: tf.Tensor) => {
        const dx = multiplication.backward(dy, !isFirst);
        this.#gradients.push(productGradients(weights, multiplication));
        return dx;
      },
    });
    return this.#tappedOperation(x, isFirst, forward);
  }

  /** x + bias over the last axis. */
  addBias(layer: string, x: tf.Tensor, bias: tf.Variable): tf.Tensor {
    const isFirst = this.#use(layer, bias);
    return this.#tappedOperation(x, isFirst, (input) => ({
      value: tf.add(input, bias),
      backward: (dy) => {
        this.#gradients.push(instantiatedGradients(bias, sumOverPositions(dy)));
        return dy;
      },
    }));
  }

  /** x·scale over the last axis. */
  multiplyChannels(layer: string, x: tf.Tensor, scale: tf.Variable): tf.Tensor {
    const isFirst = this.#use(layer, scale);
    return this.#tappedOperation(x, isFirst, (input) => {
      const kept = this.#keep(tf.clone(input));
      return {
        value: tf.mul(input, scale),
        backward: (dy) => {
          const gradients = instantiatedGradients(scale, sumOverPositions(tf.mul(dy, kept)));
          this.#gradients.push(gradients);
          kept.dispose();
          return tf.mul(dy, scale);
        },
      };
    });
  }

  dispose(): void {
    for (const gradients of this.#gradients) gradients.dispose();
    for (const multiplication of this.#multiplications) multiplication.dispose();
    tf.dispose(this.#kept);
  }

  #keep(tensor: tf.Tensor): tf.Tensor {
    this.#kept.push(tf.keep(tensor));
    return tensor;
  }

  /**
   * Notes that a weight is used, once.
   *
   * @returns whether nothing before this operation has a weight, so that nobody asks for the
   *   gradient with respect to its input
   */
  #use(layer: string, variable: tf.Variable): boolean {
    if (this.#tapped.has(variable)) {
      throw new Error(
        `layer "${layer}": its weight "${variable.name}" is used twice in one pass; ` +
          'shared layers and tied weights are not supported yet: use a layer of its own in each place',
      );
    }
    const isFirst = this.#tapped.size === 0;
    this.#tapped.add(variable);
    return isFirst;
  }

  #tappedOperation(
    x: tf.Tensor,
    isFirst: boolean,
    forward: (x: tf.Tensor) => {
      value: tf.Tensor;
      backward: (dy: tf.Tensor) => tf.Tensor | null;
    },
  ): tf.Tensor {
    if (isFirst) {
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

/** [n, …, channels] → [n, channels]. */
function sumOverPositions(values: tf.Tensor): tf.Tensor {
  return tf.sum(tf.reshape(values, [values.shape[0]!, -1, values.shape.at(-1)!]), 1);
}
