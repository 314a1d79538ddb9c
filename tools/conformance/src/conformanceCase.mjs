import * as tf from '@tensorflow/tfjs-core';

/**
 * @typedef {object} ConformanceCase one thing that has to come out alike on every backend. Cases
 *   run in browsers too: nothing in them is Node's
 * @property {string} group
 * @property {string} name
 * @property {Agreement} agreement
 * @property {() => Promise<Results>} compute on the current backend
 * @property {() => Promise<Results>} [expected] the truth, computed on the cpu backend by other
 *   means than `compute`. Left out: what `compute` gives there
 * @property {Readonly<Record<string, string>>} [unsupported] backends that cannot do it, and why
 */

/** @typedef {Record<string, ArrayLike<number>>} Results named lists of numbers */

/**
 * How far results may be apart: not by a bit; by a share of the largest magnitude in the list, and
 * `absolute` more; or by whatever, in a share of the places.
 *
 * @typedef {'identical' | {relative: number, absolute?: number} | {differingShare: number}}
 *   Agreement
 */

/** The values of tensors, read without blocking, which WebGPU cannot; disposes the tensors. */
export async function valuesOf(tensors) {
  const results = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    results[name] = (await tensor.data()).slice();
  }
  tf.dispose(tensors);
  return results;
}
