import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

describeOnWebGpu('IntegerMatMul on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  const codes = (count: number, seed: number) => {
    const random = new SeededRandom(seed, 'codes');
    return Float32Array.from({ length: count }, () => uniformInteger(random, 255) - 127);
  };

  async function product(
    a: Float32Array,
    b: Float32Array,
    [m, k, n]: readonly [number, number, number],
    transposeB: boolean,
    scales: Float32Array | null = null,
  ): Promise<number[]> {
    const [left, right] = [tf.tensor(a, [m, k]), tf.tensor(b, transposeB ? [n, k] : [k, n])];
    const factors = scales === null ? {} : { scales: tf.tensor1d(scales) };
    const result = tf
      .engine()
      .runKernel<tf.Tensor>('IntegerMatMul', { a: left, b: right, ...factors }, { transposeB });
    expect(result.shape).toEqual([m, n]);
    const values = [...(await result.data())];
    tf.dispose([left, right, result, factors]);
    return values;
  }

  it.each([
    [1, 1, 1],
    [2, 3, 5],
    [32, 32, 32],
    [33, 65, 31],
    [70, 200, 40],
    [5, 1030, 3],
  ] as const)('is exact for %d × %d × %d', async (m, k, n) => {
    for (const transposeB of [false, true]) {
      const [a, b] = [codes(m * k, m), codes(k * n, n + 1)];
      const expected: number[] = [];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let t = 0; t < k; t++) {
            sum += a[i * k + t]! * b[transposeB ? j * k + t : t * n + j]!;
          }
          expected.push(sum);
        }
      }
      const before = tf.memory().numTensors;
      expect(await product(a, b, [m, k, n], transposeB)).toEqual(expected);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('multiplies equal shares of the rows by their scale', async () => {
    const [a, b] = [codes(6 * 4, 1), codes(4 * 2, 2)];
    const plain = await product(a, b, [6, 4, 2], false);
    const scales = Float32Array.of(0.1, 3, 1e-3);
    const expected = plain.map((x, i) => Math.fround(x * scales[Math.floor(i / 4)]!));
    expect(await product(a, b, [6, 4, 2], false, scales)).toEqual(expected);
  });

  it('is exact for all-maximum codes up to 2²⁴', async () => {
    const k = 1040;
    for (const [first, second] of [
      [127, 127],
      [-127, 127],
      [-127, -127],
    ] as const) {
      const [a, b] = [new Float32Array(k).fill(first), new Float32Array(k).fill(second)];
      expect(await product(a, b, [1, k, 1], false)).toEqual([k * first * second]);
    }
  });
});
