import type * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys, PhiloxKey } from '@dpquant/random';
import type { Operand } from '../operand.ts';

/**
 * Where the random bits of one quantization come from: (seed, purpose, layer, operand) are in the
 * Philox key, (row, view, draw, step, element) in the counter. The bits of an example thus depend
 * only on that example and public numbers.
 */
export interface RandomStream {
  readonly key: PhiloxKey;
  /** Number of the training step, below 2³². */
  readonly step: number;
  /** Number of the repeated draw, below 2¹⁶. */
  readonly draw: number;
}

/**
 * Share of a tensor that has one scale: the whole, a channel (an index of the last axis), an
 * example (an index of the first axis), or a block (consecutive values of the last axis; everything
 * that a block's scale depends on lies in its example).
 *
 * `example` and `block` are the only choices for activations and output gradients in private
 * training: a scale that is taken over a batch makes one example's gradient depend on the others,
 * and the clipped sum no longer has the sensitivity that the noise is for.
 */
export type Granularity = 'tensor' | 'channel' | 'example' | 'block';

/** Turns a float tensor into an operand of a layer product. */
export interface Quantizer {
  readonly format: string;
  readonly granularity: Granularity;
  /** If all codes are whole numbers: their largest magnitude. */
  readonly largestInteger?: number;
  /**
   * @param x any shape; with granularity `example` or with `examples` the first axis counts
   *   examples
   * @param randomness where random bits come from
   * @param examples who the examples are; required with granularity `example`. Without them the
   *   whole tensor counts as one, which is right for weights
   * @returns an operand whose codes the caller owns
   */
  quantize(x: tf.Tensor, randomness: RandomStream, examples?: ExampleKeys): Operand;
}
