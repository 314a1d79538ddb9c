import type * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys, PhiloxKey } from '@dpquant/random';
import type { Operand } from '../operand.ts';

/**
 * Where the random bits of one quantization come from: (seed, purpose, layer, operand) are in the
 * Philox key, (row, view, draw, step, element) in the counter. The bits of an example thus depend on
 * nothing but that example and public numbers.
 */
export interface Rounding {
  readonly key: PhiloxKey;
  /** Number of the training step, below 2³². */
  readonly step: number;
  /** Number of the repeated draw, below 2¹⁶. */
  readonly draw: number;
}

/**
 * Share of a tensor that has one scale. `example` is the only choice for activations and output
 * gradients in private training: a scale that is taken over a batch makes one example's gradient
 * depend on the others, and the clipped sum no longer has the sensitivity that the noise is for.
 */
export type Granularity = 'tensor' | 'example';

/** Turns a float tensor into an operand of a layer product. */
export interface Quantizer {
  readonly format: string;
  readonly granularity: Granularity;
  /**
   * @param x any shape; with granularity `example` the first axis counts examples
   * @param rounding where random bits come from
   * @param examples who the examples are; required with granularity `example`
   * @returns an operand whose codes the caller owns
   */
  quantize(x: tf.Tensor, rounding: Rounding, examples?: ExampleKeys): Operand;
}
