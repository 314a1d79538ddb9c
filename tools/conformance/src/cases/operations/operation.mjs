import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // Registers the gradients of the operations.
import { valuesOf } from '../../conformanceCase.mjs';
import { normal } from '../values.mjs';

/** Operations that float32 rounds once or twice, and long sums. */
const relative = 1e-6;
/**
 * Those that a graphics processor may compute by an approximation: WGSL allows a few units in the
 * last place.
 */
const approximated = 1e-5;

/**
 * An operation and, where it has any, its gradients with respect to all inputs, for a random
 * gradient of the output.
 *
 * @param inputs shapes of normal values, or {shape, values}
 */
export function operation(
  name,
  inputs,
  run,
  { agreement = { relative }, hasGradient = true } = {},
) {
  return {
    group: 'operations',
    name,
    agreement,
    async compute() {
      const tensors = inputs.map((input, i) => tensorOf(input, i + 1));
      const output = hasGradient
        ? withGradients(run, tensors)
        : { output: tf.tidy(() => run(...tensors)) };
      tf.dispose(tensors);
      return valuesOf(output);
    },
  };
}

function tensorOf(input, seed) {
  const { shape, values, dtype } = Array.isArray(input) ? { shape: input } : input;
  return tf.tensor(values ?? normal(tf.util.sizeFromShape(shape), seed), shape, dtype);
}

function withGradients(run, tensors) {
  return tf.tidy(() => {
    const output = run(...tensors);
    const dy = tf.tensor(normal(output.size, 99), output.shape);
    const gradients = tf.grads(run)(tensors, dy);
    return {
      output,
      ...Object.fromEntries(gradients.map((gradient, i) => [`gradient ${i}`, gradient])),
    };
  });
}

/** Options of `operation`: results equal to the bit; that and no gradient; an approximation. */
export const exact = { agreement: 'identical' };
export const exactWithoutGradient = { ...exact, hasGradient: false };
export const near = { agreement: { relative: approximated } };
