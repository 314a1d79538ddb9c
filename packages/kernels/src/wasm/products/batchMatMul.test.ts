import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../../testing/normal.ts';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

/** Largest |C − AB| over Σ|a·b| of the same entry, in units of 2⁻²⁴ a term. */
function largestError(c: Float32Array, a: Float32Array, b: Float32Array, m: number, n: number) {
  const k = a.length / m;
  let largest = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      let size = 0;
      for (let l = 0; l < k; l++) {
        const term = a[i * k + l]! * b[l * n + j]!;
        sum += term;
        size += term < 0 ? -term : term;
      }
      const error = (c[i * n + j]! - sum) / (size * k * 2 ** -24);
      if (!(error <= largest && -error <= largest)) largest = error < 0 ? -error : error;
    }
  }
  return largest;
}

it.each([
  [8, 3, 1],
  [9, 17, 300],
  [33, 520, 7],
  [13, 530, 260],
])('multiplies %d×%d over %d, larger than a block and not divisible by one', (m, n, k) => {
  const [a, b] = [normal(m * k, 1), normal(k * n, 2)];
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const product = tf.tidy(() => {
        const [x, y] = [tf.tensor(a, [m, k]), tf.tensor(b, [k, n])];
        return tf.matMul(
          transposeA ? tf.transpose(x) : x,
          transposeB ? tf.transpose(y) : y,
          transposeA,
          transposeB,
        );
      });
      const c = product.dataSync<'float32'>();
      product.dispose();
      expect(largestError(c, a, b, m, n)).toBeLessThanOrEqual(1);
    }
  }
});

it('broadcasts batch axes', () => {
  const a = tf.tensor(normal(2 * 3 * 4, 1), [2, 1, 3, 4]);
  const b = tf.tensor(normal(5 * 4 * 6, 2), [5, 4, 6]);
  const all = tf.matMul(a, b);
  expect(all.shape).toEqual([2, 5, 3, 6]);
  const expected = [0, 1].flatMap((i) =>
    [0, 1, 2, 3, 4].flatMap((j) => {
      const one = tf.tidy(() =>
        tf.matMul(tf.slice(a, [i, 0, 0, 0], [1, 1, 3, 4]), tf.slice(b, [j, 0, 0], [1, 4, 6])),
      );
      return [...one.dataSync()];
    }),
  );
  const close = [...all.dataSync()].every((x, i) => Math.abs(x - expected[i]!) <= 1e-6);
  expect(close).toBe(true);
});
