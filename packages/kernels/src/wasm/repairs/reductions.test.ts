import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

/** Sums over axis 1 of [outer, rows, width], added in order in float32. */
function plainSums(x: ArrayLike<number>, outer: number, rows: number, width: number): Float32Array {
  const sums = new Float32Array(outer * width);
  for (let o = 0; o < outer; o++) {
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) sums[o * width + i]! += x[(o * rows + row) * width + i]!;
    }
  }
  return sums;
}

describe('sums over axes before the last one on wasm', () => {
  it.each([
    { shape: [3, 37, 5], axis: [1], sizes: [3, 37, 5] },
    { shape: [41, 6], axis: [0], sizes: [1, 41, 6] },
    { shape: [2, 7, 9, 4], axis: [1, 2], sizes: [2, 63, 4] },
    { shape: [7, 9, 2, 4], axis: [0, 1], sizes: [1, 63, 8] },
    { shape: [2, 11, 3, 5], axis: [-3], sizes: [2, 11, 15] },
  ])('are added in order in float32: $shape over $axis', ({ shape, axis, sizes }) => {
    tf.tidy(() => {
      const x = tf.randomNormal(shape, 0, 1e3, 'float32', 3);
      const [outer, rows, width] = sizes as [number, number, number];
      const expected = plainSums(x.dataSync(), outer, rows, width);
      // What memory held before is not zero.
      tf.dispose(tf.fill([expected.length], 777));
      const sums = tf.sum(x, axis);
      expect(sums.dataSync()).toEqual(expected);
      expect(tf.sum(x, axis, true).shape).toEqual(
        shape.map((size, i) => (axis.includes(i) || axis.includes(i - shape.length) ? 1 : size)),
      );
    });
  });

  it.each([{ axis: [2] }, { axis: [0, 2] }, { axis: [1, 0] }, { axis: undefined }])(
    'agree with the cpu backend over $axis, in float32 and int32',
    async ({ axis }) => {
      const sums = () =>
        tf.tidy(() => {
          const x = tf.reshape(tf.range(0, 24), [2, 4, 3]);
          return [x, tf.cast(x, 'int32')].map((each) => {
            const sum = tf.sum(each, axis);
            return { shape: sum.shape, dtype: sum.dtype, values: [...sum.dataSync()] };
          });
        });
      const onWasm = sums();
      await tf.setBackend('cpu');
      const onCpu = sums();
      await tf.setBackend('wasm');
      expect(onWasm).toEqual(onCpu);
    },
  );
});
