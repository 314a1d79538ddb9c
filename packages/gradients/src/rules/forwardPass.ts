import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct } from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import type { LayerPass, LookupOperation, PassRounding, WeightedOperation } from './layerPass.ts';
import type { PassArithmetic } from './passArithmetic.ts';

/** The operations of a pass that only goes forward: nothing is kept for a way back. */
export class ForwardPass implements LayerPass {
  readonly #arithmetic: PassArithmetic;

  constructor(arithmetic: PassArithmetic) {
    this.#arithmetic = arithmetic;
  }

  get examples(): ExampleKeys {
    return this.#arithmetic.examples;
  }

  noise(layer: string): PassRounding {
    return this.#arithmetic.noise(layer);
  }

  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape: number[] = weight.shape,
  ): tf.Tensor {
    const multiplication = this.#arithmetic.multiplication(layer, product);
    const y = multiplication.forward(x, tf.reshape(weight, shape));
    multiplication.dispose();
    return y;
  }

  weighted(
    x: tf.Tensor,
    _weight: tf.Variable,
    operation: (x: tf.Tensor, keep: <T extends tf.Tensor>(tensor: T) => T) => WeightedOperation,
  ): tf.Tensor {
    return operation(x, (tensor) => tensor).value;
  }

  lookup(_weight: tf.Variable, operation: () => LookupOperation): tf.Tensor {
    return operation().value;
  }
}
