import * as tf from '@tensorflow/tfjs-core';
import { GroupNormalization } from './groupNormalization.ts';
import { SelfAttention } from './selfAttention.ts';

/**
 * Makes this package's layers known to TensorFlow.js, so that `tf.loadLayersModel` can load models
 * that contain them. May be called more than once.
 */
export function registerLayers(): void {
  tf.serialization.registerClass(GroupNormalization);
  tf.serialization.registerClass(SelfAttention);
}
