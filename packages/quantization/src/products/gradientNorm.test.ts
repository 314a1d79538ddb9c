import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../testing/values.ts';
import { gradientNormBound } from './gradientNorm.ts';
import { instantiatedSquaredNorm } from './squaredNorms.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const positions = 256;
const p = 48;
const d = 24;
const exact = (a: Float32Array, b: Float32Array) =>
  Math.sqrt(instantiatedSquaredNorm(Float64Array.from(a), Float64Array.from(b), positions, p, d));
const bound = async (a: Float32Array, b: Float32Array, largestProduct = Infinity) =>
  Math.sqrt(await gradientNormBound(a, b, positions, p, d, largestProduct));
/** Counts the matrix products that `body` has the backend do. */
async function matrixProducts(body: () => Promise<number>): Promise<number> {
  const { kernels } = await tf.profile(() => {
    // It gets to the product before it waits for anything.
    void body();
    return tf.scalar(0);
  });
  return kernels.filter(({ name }) => name === 'BatchMatMul').length;
}

describe('gradientNormBound of a large product', () => {
  it('is formed by the backend, and is an upper bound that is hardly above', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const [a, b] = [normal(positions * p, seed), normal(positions * d, seed + 100)];
      expect(await bound(a, b)).toBeGreaterThanOrEqual(exact(a, b));
      expect(await bound(a, b)).toBeLessThanOrEqual(exact(a, b) * (1 + 1e-4));
    }
    expect(await matrixProducts(() => bound(normal(positions * p), normal(positions * d)))).toBe(1);
  });

  it('of integers adds no rounding of its own', async () => {
    const codes = (count: number, seed: number) =>
      normal(count, seed).map((x) => Math.round(Math.max(-64, Math.min(64, x * 30))));
    const [a, b] = [codes(positions * p, 1), codes(positions * d, 2)];
    const integers = await bound(a, b, 64 * 64);
    expect(integers).toBeGreaterThanOrEqual(exact(a, b));
    expect((await bound(a, b)) - exact(a, b)).toBeCloseTo(2 * (integers - exact(a, b)), 3);
  });

  it('is right where the product cancels: A = 10⁴ + N(0, 1), B centred over positions', async () => {
    const a = normal(positions * p, 1).map((x) => 1e4 + x);
    const b = normal(positions * d, 2);
    for (let j = 0; j < d; j++) {
      let mean = 0;
      for (let t = 0; t < positions; t++) mean += b[t * d + j]! / positions;
      for (let t = 0; t < positions; t++) b[t * d + j]! -= mean;
    }
    // The summed gradient's own rounding is in the bound: 17·2⁻²⁴·‖A‖‖B‖.
    const size = (x: Float32Array) => Math.hypot(...x);
    const rounding = 17 * 2 ** -24 * size(a) * size(b);
    expect(await bound(a, b)).toBeGreaterThanOrEqual(exact(a, b));
    expect(await bound(a, b)).toBeLessThanOrEqual((exact(a, b) + rounding) * (1 + 1e-9));
  });

  it('is finite where float32 overflows, and not where an operand is not', async () => {
    const [a, b] = [normal(positions * p, 1), normal(positions * d, 2)];
    const large = await bound(
      a.map((x) => x * 1e15),
      b.map((x) => x * 1e35),
    );
    expect(large / 1e50).toBeCloseTo(exact(a, b), 0);
    for (const bad of [NaN, Infinity]) {
      const spoilt = a.slice();
      spoilt[7] = bad;
      expect(Number.isFinite(bound(spoilt, b))).toBe(false);
    }
    // Inputs beside which scaled gradients would lose their last bits.
    expect(
      await bound(
        a.map((x) => x * 2 ** 61),
        b,
      ),
    ).toBeNaN();
  });

  it('leaves small products, and those with cheap ghost norms, to the plain loops', async () => {
    const few = () => gradientNormBound(normal(4 * 6), normal(4 * 5), 4, 6, 5, Infinity);
    const wide = () => gradientNormBound(normal(4 * 600), normal(4 * 500), 4, 600, 500, Infinity);
    expect(await matrixProducts(few)).toBe(0);
    expect(await matrixProducts(wide)).toBe(0);
  });
});
