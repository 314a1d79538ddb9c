import type * as tf from '@tensorflow/tfjs-core';

/** The bits of infinity; greater ones are those of NaN. */
const infinity = 0x7f800000;
/** Stands for every NaN. */
const notANumber = 0x7fc00000;

/**
 * A digest of 53 bits of the values of each example. Equal values have equal digests, where all NaN
 * are equal, and 0 and −0; different values have the same digest with probability 2⁻⁵³. Digests are
 * kept since the values of all layers take more memory than a training step.
 *
 * @param values example after example
 */
export function digestsOf(values: tf.TypedArray, count: number): Float64Array {
  const size = values.length / count;
  const areFloats = values instanceof Float32Array;
  const words = areFloats
    ? new Int32Array(values.buffer, values.byteOffset, values.length)
    : values;
  return Float64Array.from({ length: count }, (_, example) => {
    let first = 0x2545f491;
    let second = 0x6c078965;
    for (let i = example * size; i < (example + 1) * size; i++) {
      const word = areFloats ? canonical(words[i]!) : words[i]!;
      first = Math.imul(first ^ word, 0x85ebca6b);
      first ^= first >>> 15;
      second = Math.imul(second ^ word, 0xc2b2ae35);
      second ^= second >>> 13;
    }
    return (first >>> 0) * 2 ** 21 + (second >>> 11);
  });
}

/** The same bits for all NaN, and for both zeros. */
function canonical(word: number): number {
  const magnitude = word & 0x7fffffff;
  if (magnitude === 0) return 0;
  return magnitude > infinity ? notANumber : word;
}
