import type * as tf from '@tensorflow/tfjs-core';
import type { ClippingRule } from '@dpquant/mechanisms';
import type { LayerArithmetic, NormMethod } from '@dpquant/quantization';
import type { ExampleKeys } from '@dpquant/random';
import type { ModelLoss } from './losses.ts';
import type { PassRandomness } from './rules/layerPass.ts';

/**
 * A batch of examples, which lie along the first axis of each tensor. The caller owns the tensors.
 */
export interface ExampleBatch {
  /** One tensor for each input of the model. */
  readonly inputs: tf.Tensor | readonly tf.Tensor[];
  /** One tensor for each output of the model. */
  readonly targets: tf.Tensor | readonly tf.Tensor[];
  /** 1 for an example, 0 for padding, which contributes nothing. */
  readonly mask: Float32Array;
  /** Weight of each example's loss: public, or a function of the example alone. Default 1. */
  readonly weights?: Float32Array;
  readonly keys: ExampleKeys;
}

export interface ContributeOptions {
  /** One loss, or one for each output of the model; their sum is differentiated. */
  readonly loss: ModelLoss;
  readonly clipping: ClippingRule;
  /** Arithmetic of a layer, by its name. */
  readonly arithmetic: (layer: string) => LayerArithmetic;
  /** Source of the random bits of stochastic rounding and of noise layers. */
  readonly randomness: PassRandomness;
  /**
   * Number of consecutive examples that form one privacy unit (views of one example, records of one
   * person); the mean of their gradients is clipped. Default 1. Padding counts in the divisor.
   */
  readonly rowsPerUnit?: number;
  /**
   * How the norm of a layer's weight gradients is computed, by the layer's name; only time and
   * memory depend on it. Default `cheaper`: chosen for each layer and each batch. A weight that is
   * used several times, or by several rows of a unit, always uses the cheaper method.
   */
  readonly normMethod?: (layer: string) => NormMethod;
}
