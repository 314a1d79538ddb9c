import * as tf from '@tensorflow/tfjs-core';
import type { LinearProduct } from '@dpquant/quantization';
import { ArithmeticPass } from './arithmeticPass.ts';
import type { JointlyWeightedOperation, LayerPass, LookupOperation } from './layerPass.ts';

/** A forward pass without a backward pass: it keeps nothing for gradients. */
export class ForwardPass extends ArithmeticPass implements LayerPass {
  product(
    layer: string,
    x: tf.Tensor,
    weight: tf.Variable,
    product: LinearProduct,
    shape: number[] = weight.shape,
  ): tf.Tensor {
    const multiplication = this.arithmetic.multiplication(layer, product);
    const { y, dispose } = multiplication.forward(x, tf.reshape(weight, shape));
    dispose();
    return y;
  }

  weightedJointly(
    x: tf.Tensor,
    _weights: readonly tf.Variable[],
    operation: (
      x: tf.Tensor,
      keep: <T extends tf.Tensor>(tensor: T) => T,
    ) => JointlyWeightedOperation,
  ): tf.Tensor {
    return operation(x, (tensor) => tensor).value;
  }

  lookup(
    _weight: tf.Variable,
    operation: (keep: <T extends tf.Tensor>(tensor: T) => T) => LookupOperation,
  ): tf.Tensor {
    return operation((tensor) => tensor).value;
  }
}
