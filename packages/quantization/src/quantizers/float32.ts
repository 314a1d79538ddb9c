import * as tf from '@tensorflow/tfjs-core';
import type { Granularity, Quantizer } from './quantizer.ts';

/** Full precision: the values are their own codes. */
export function float32Quantizer(granularity: Granularity): Quantizer {
  return {
    format: 'float32',
    granularity,
    quantize: (x) => ({ codes: tf.clone(x), scales: null }),
  };
}
