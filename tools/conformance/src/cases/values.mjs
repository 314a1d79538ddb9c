import * as tf from '@tensorflow/tfjs-core';
import { fillGaussian, SeededRandom, uniformInteger } from '@dpquant/random';

/** Normal values, the same on every backend. */
export function normal(size, seed, deviation = 1) {
  const values = new Float32Array(size);
  fillGaussian(new SeededRandom(seed, 'conformance'), values, deviation);
  return values;
}

/** Whole numbers from −largest to largest, whose sums are exact. */
export function integers(size, seed, largest) {
  const random = new SeededRandom(seed, 'conformance integers');
  return Float32Array.from(
    { length: size },
    () => uniformInteger(random, 2 * largest + 1) - largest,
  );
}

export function normalTensor(shape, seed, deviation) {
  return tf.tensor(normal(tf.util.sizeFromShape(shape), seed, deviation), shape);
}
