import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

/** What x[indices] is, by plain loops. */
function plainRows(x: tf.Tensor, indices: number[]): number[] {
  const values = x.dataSync();
  const rowSize = x.size / x.shape[0];
  return indices.flatMap((row) => [...values.slice(row * rowSize, (row + 1) * rowSize)]);
}

describe('rows gathered on wasm', () => {
  const x = () => tf.randomNormal([5, 3, 2], 0, 1, 'float32', 1);

  it.each(['float32', 'int32', 'bool'] as const)('are copies of the rows, in %s', (dtype) => {
    tf.tidy(() => {
      const values = dtype === 'float32' ? x() : tf.cast(tf.greater(x(), 0), dtype);
      const gathered = tf.gather(values, tf.tensor1d([4, 0, 0, 3, 4], 'int32'));
      expect(gathered.dtype).toBe(dtype);
      expect(gathered.shape).toEqual([5, 3, 2]);
      expect([...gathered.dataSync()]).toEqual(plainRows(values, [4, 0, 0, 3, 4]));
    });
  });

  it('have the shape of the indices followed by that of a row', () => {
    tf.tidy(() => {
      const values = x();
      const gathered = tf.gather(values, tf.tensor2d([[1, 2]], [1, 2], 'int32'));
      expect(gathered.shape).toEqual([1, 2, 3, 2]);
      expect([...gathered.dataSync()]).toEqual(plainRows(values, [1, 2]));
    });
  });

  it('are correct if the memory grows for them', () => {
    tf.tidy(() => {
      const rows = 2 ** 11;
      const values = tf.reshape(tf.range(0, 2 ** 14), [4, 2 ** 12]);
      const gathered = tf.gather(values, tf.fill<tf.Rank.R1>([rows], 3, 'int32'));
      const isRow = tf.all(tf.equal(gathered, tf.slice(values, [3, 0], [1, 2 ** 12])));
      expect(isRow.dataSync()[0]).toBe(1);
    });
  });

  it.each([-1, 5])('are refused for index %d of five', (index) => {
    tf.tidy(() => {
      const outside = tf.tensor1d([0, index], 'int32');
      expect(() => tf.gather(x(), outside)).toThrow(`the index value ${index} is not in [0, 4]`);
    });
  });

  it('for another axis, a batch, and empty tensors equal the cpu backend', async () => {
    const gathers = () =>
      tf.tidy(() => {
        const values = tf.reshape(tf.range(0, 24), [2, 4, 3]);
        const indices = tf.tensor2d([1, 0, 3, 3], [2, 2], 'int32');
        return [
          tf.gather(values, tf.tensor1d([2, 0], 'int32'), 2),
          tf.gather(values, indices, 1, 1),
          tf.gather(values, tf.tensor1d([], 'int32')),
        ].map((result) => ({ shape: result.shape, values: [...result.dataSync()] }));
      });
    const onWasm = gathers();
    await tf.setBackend('cpu');
    const onCpu = gathers();
    await tf.setBackend('wasm');
    expect(onWasm).toEqual(onCpu);
  });
});
