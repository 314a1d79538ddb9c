import type * as tf from '@tensorflow/tfjs-core';
import { operation } from '@dpquant/operations';

/** Attributes of an operation that adds noise on a grid. */
export interface GridNoiseAttributes {
  /** Eight words, secret, for this noise alone: overwritten after the call. */
  readonly key: Uint32Array;
  /** In grid units, from 2⁴ to below 2²⁶. */
  readonly deviation: number;
}

/**
 * From this deviation on, noise needs more random words and does not fit into an int32; the plain
 * loop draws it on every backend.
 */
export const tooLargeKernelDeviation = 2 ** 26;

/**
 * Operations that add noise. A backend with such a kernel uses it; otherwise a plain loop computes
 * the same bits.
 */
export const noiseOperations = {
  /**
   * `AddGridNoise`: int32 values + noise in the shape of `values`, modulo 2³². The noise is what
   * `fillGridNoise` draws under `key`. A kernel leaves no copy of key, words or noise in memory.
   */
  grid: operation<{ values: tf.Tensor }, GridNoiseAttributes, tf.Tensor>('AddGridNoise'),
};
