import type * as tf from '@tensorflow/tfjs-core';
import type { ExampleKeys, PhiloxKey } from '@dpquant/random';
import type { Operand } from '../operand.ts';

/**
 * Source of the random bits of one quantization: (seed, purpose, layer, operand) are in the Philox
 * key, (row, view, draw, step, element) in the counter. The bits of an example thus depend only on
 * that example and on public numbers.
 */
export interface RandomStream {
  readonly key: PhiloxKey;
  /** Number of the training step, below 2³². */
  readonly step: number;
  /** Number of the repeated draw, below 2¹⁶. */
  readonly draw: number;
}

/**
 * Part of a tensor that shares one scale: the whole tensor, a channel (an index of the last axis),
 * an example (an index of the first axis), or a block (consecutive values of the last axis;
 * everything that a block's scale depends on lies in its example).
 *
 * Activations and output gradients in private training need `example` or `block`: with a scale over
 * a batch, one example's gradient would depend on the others, and the clipped sum would no longer
 * have the sensitivity that the noise is scaled to.
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
   * @param randomness source of the random bits
   * @param examples keys of the examples; required with granularity `example`. Without them the
   *   whole tensor counts as one example, which is right for weights
   * @returns an operand whose codes the caller owns
   */
  quantize(x: tf.Tensor, randomness: RandomStream, examples?: ExampleKeys): Operand;
}
