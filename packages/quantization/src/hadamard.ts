import * as tf from '@tensorflow/tfjs-core';
import { philox4x32 } from '@dpquant/random';
import type { RandomStream } from './quantizers/quantizer.ts';

/**
 * The signs of a random Hadamard transform, ±1, public and the same for all examples: the bits of
 * the Philox blocks with counter (block, 0, 0, step), lowest first.
 */
export function hadamardSigns(size: number, { key, step }: RandomStream): Int8Array {
  const words = new Uint32Array(4);
  return Int8Array.from({ length: size }, (_, i) => {
    if (i % 128 === 0) philox4x32(key, i / 128, 0, 0, step, words);
    return (words[Math.floor((i % 128) / 32)]! >>> (i % 32)) & 1 ? -1 : 1;
  });
}

/**
 * Multiplies groups of consecutive values of the last axis, padded with zeros to whole groups, by
 * H·diag(signs)/√size, where H is Sylvester's Hadamard matrix. The map is orthogonal, so it cancels
 * in a product of two transformed factors that sums over that axis.
 *
 * @param x [n, channels, length]
 * @returns [n, channels, length rounded up]; the caller owns it
 */
export function hadamardTransform(x: tf.Tensor3D, signs: Int8Array): tf.Tensor3D {
  const size = signs.length;
  return tf.tidy(() => {
    const [n, channels, length] = x.shape;
    const paddedLength = Math.ceil(length / size) * size;
    const padded = tf.pad(x, [
      [0, 0],
      [0, 0],
      [0, paddedLength - length],
    ]);
    const entries = new Float32Array(size * size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        entries[i * size + j] = (signs[i]! * hadamardEntry(i, j)) / Math.sqrt(size);
      }
    }
    const matrix = tf.tensor2d(entries, [size, size]);
    const transformed = tf.matMul(tf.reshape(padded, [-1, size]), matrix);
    return tf.reshape(transformed, [n, channels, paddedLength]);
  });
}

/** Entry of Sylvester's matrix: −1 if the indices have an odd number of common 1 bits, else 1. */
function hadamardEntry(i: number, j: number): number {
  let common = i & j;
  let sign = 1;
  for (; common !== 0; common &= common - 1) sign = -sign;
  return sign;
}
