import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { normal } from '../testing/values.ts';
import {
  gradientNormBound,
  gradientNormBoundOf,
  type GradientFormation,
  type NormOrigin,
} from './gradientNorm.ts';
import { float32Distance } from './roundingBounds.ts';
import {
  ghostSquaredNorm,
  instantiatedSquaredNorm,
  squaredNorm,
  type ProductSizes,
} from './squaredNorms.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const formationOf = (sizes: ProductSizes): GradientFormation => ({
  sizes,
  isExactInFloat32: false,
  isSumExact: false,
});
const exact = (a: Float32Array, b: Float32Array, sizes: ProductSizes) =>
  Math.sqrt(instantiatedSquaredNorm(Float64Array.from(a), Float64Array.from(b), sizes));
const bound = async (
  a: Float32Array,
  b: Float32Array,
  sizes: ProductSizes,
  changes: Partial<GradientFormation> = {},
) => Math.sqrt(await gradientNormBound(a, b, { ...formationOf(sizes), ...changes }));
const factorsOf = (a: Float32Array, b: Float32Array) => ({
  ofA: squaredNorm(a),
  ofB: squaredNorm(b),
});

/** ‖AᵀB‖ of the values that a chain of float32 operations gives, in an order of the positions. */
function float32Norm(
  a: Float32Array,
  b: Float32Array,
  { p, d }: ProductSizes,
  order: readonly number[],
): number {
  let squared = 0;
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < d; j++) {
      let entry = 0;
      for (const t of order) {
        entry = Math.fround(entry + Math.fround(a[t * p + i]! * b[t * d + j]!));
      }
      squared += entry * entry;
    }
  }
  return Math.sqrt(squared);
}

/** Counts the matrix products that `body` has the backend do. */
async function matrixProducts(body: () => Promise<number>): Promise<number> {
  const { kernels } = await tf.profile(() => {
    // It gets to the product before it waits for anything.
    void body();
    return tf.scalar(0);
  });
  return kernels.filter(({ name }) => name === 'BatchMatMul').length;
}

/** Every row of B less the mean of all rows. */
function centred(b: Float32Array, { positions, d }: ProductSizes): Float32Array {
  const result = b.slice();
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let t = 0; t < positions; t++) mean += b[t * d + j]! / positions;
    for (let t = 0; t < positions; t++) result[t * d + j]! -= mean;
  }
  return result;
}

describe('the bound of a gradient norm', () => {
  const all: ProductSizes[] = [
    { positions: 1, p: 3, d: 4 },
    { positions: 2, p: 1, d: 1 },
    { positions: 7, p: 2, d: 9 },
    { positions: 4, p: 40, d: 30 },
    { positions: 200, p: 5, d: 4 },
  ];
  it.each(all)('holds for float32 sums in every order, and closely: %j', async (sizes) => {
    const { positions, p, d } = sizes;
    for (let seed = 0; seed < 10; seed++) {
      const [a, b] = [normal(positions * p, seed), normal(positions * d, seed + 100)];
      const found = await bound(a, b, sizes);
      const forwards = Array.from({ length: positions }, (_, t) => t);
      expect(found).toBeGreaterThanOrEqual(float32Norm(a, b, sizes, forwards));
      expect(found).toBeGreaterThanOrEqual(float32Norm(a, b, sizes, forwards.reverse()));
      expect(found).toBeLessThanOrEqual(exact(a, b, sizes) * (1 + 3e-4));
    }
  });

  // Equal terms round in the same direction at every position: no probable bound holds.
  it.each([1024, 16_384])('holds where all %d positions are equal', async (positions) => {
    const sizes = { positions, p: 2, d: 2 };
    const forwards = Array.from({ length: positions }, (_, t) => t);
    let worst = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const [inputs, gradients] = [normal(2, seed), normal(2, seed + 100)];
      const a = Float32Array.from({ length: positions * 2 }, (_, i) => inputs[i % 2]!);
      const b = Float32Array.from({ length: positions * 2 }, (_, i) => gradients[i % 2]!);
      const rounded = float32Norm(a, b, sizes, forwards);
      expect(await bound(a, b, sizes)).toBeGreaterThanOrEqual(rounded);
      const { ofA, ofB } = factorsOf(a, b);
      const unit = 2 ** -24 * Math.sqrt(ofA * ofB);
      worst = Math.max(worst, (rounded - exact(a, b, sizes)) / unit);
    }
    // What a bound of random roundings allows is passed by far.
    expect(worst).toBeGreaterThan(2 * (1 + Math.sqrt(positions)));
  });

  it('covers a float32 gradient under cancellation', async () => {
    const sizes = { positions: 256, p: 24, d: 18 };
    const a = normal(256 * 24, 3).map((x) => x + 1e4);
    const b = centred(normal(256 * 18, 4), sizes);
    const forwards = Array.from({ length: 256 }, (_, t) => t);
    const found = await bound(a, b, sizes);
    expect(found).toBeGreaterThan(float32Norm(a, b, sizes, forwards));
    const distance = float32Distance(sizes, factorsOf(a, b));
    expect(found).toBeLessThanOrEqual((exact(a, b, sizes) + distance) * (1 + 1e-8));
  });

  it('computes the product if a cheaper ghost norm would cancel', async () => {
    const sizes = { positions: 4, p: 400, d: 400 };
    const a = normal(4 * 400, 5).map((x) => x + 1e6);
    const b = centred(normal(4 * 400, 6), sizes);
    const truth = exact(a, b, sizes);
    const ghost = ghostSquaredNorm(Float64Array.from(a), Float64Array.from(b), sizes);
    expect(gradientNormBoundOf(ghost, factorsOf(a, b), 'ghost', formationOf(sizes))).toBeNull();
    const found = await bound(a, b, sizes, { isSumExact: true });
    expect(found).toBeGreaterThanOrEqual(truth);
    expect(found).toBeLessThan(truth * (1 + 1e-6));
  });

  it('adds the rounding errors of norm and sum, if there are any', () => {
    const sizes = { positions: 100, p: 8, d: 8 };
    const [a, b] = [normal(800, 1), normal(800, 2)];
    const factors = factorsOf(a, b);
    const norm = exact(a, b, sizes);
    const distance = float32Distance(sizes, factors);
    const of = (origin: NormOrigin, isSumExact: boolean) =>
      Math.sqrt(
        gradientNormBoundOf(norm ** 2, factors, origin, { ...formationOf(sizes), isSumExact })!,
      );
    const expectNear = (found: number, expected: number) => {
      expect(found).toBeGreaterThanOrEqual(expected * (1 - 1e-15));
      expect(found).toBeLessThan(expected * (1 + 1e-9));
    };
    for (const origin of ['exact', 'ghost', 'float64'] as const) {
      expectNear(of(origin, true), norm);
      expectNear(of(origin, false), norm + distance);
    }
    expectNear(of('float32', true), norm + distance);
    expectNear(of('float32', false), norm + 2 * distance);
    expectNear(of('summed', false), norm);
    expect(distance).toBeGreaterThan(100 * 2 ** -24 * Math.sqrt(factors.ofA * factors.ofB));
    expect(distance).toBeLessThan(102 * 2 ** -24 * Math.sqrt(factors.ofA * factors.ofB));
  });
});

describe('the bound of a large product', () => {
  const sizes = { positions: 256, p: 48, d: 24 };
  const { positions, p, d } = sizes;

  it('is computed by the backend, and is tight', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const [a, b] = [normal(positions * p, seed), normal(positions * d, seed + 100)];
      expect(await bound(a, b, sizes)).toBeGreaterThanOrEqual(exact(a, b, sizes));
      expect(await bound(a, b, sizes)).toBeLessThanOrEqual(exact(a, b, sizes) * (1 + 1e-3));
    }
    const once = () => bound(normal(positions * p), normal(positions * d), sizes);
    expect(await matrixProducts(once)).toBe(1);
  });

  it('of integers adds no rounding error', async () => {
    const codes = (count: number, seed: number) =>
      normal(count, seed).map((x) => Math.round(Math.max(-64, Math.min(64, x * 30))));
    const [a, b] = [codes(positions * p, 1), codes(positions * d, 2)];
    const integers = await bound(a, b, sizes, { isExactInFloat32: true, isSumExact: true });
    expect(integers).toBeGreaterThanOrEqual(exact(a, b, sizes));
    expect(integers).toBeLessThanOrEqual(exact(a, b, sizes) * (1 + 1e-10));
    const distance = float32Distance(sizes, factorsOf(a, b));
    expect((await bound(a, b, sizes)) - exact(a, b, sizes)).toBeCloseTo(2 * distance, 3);
  });

  it('is computed in float64 if the product cancels: A = 10⁵ + N(0, 1), B centred', async () => {
    const a = normal(positions * p, 1).map((x) => 1e5 + x);
    const b = centred(normal(positions * d, 2), sizes);
    const distance = float32Distance(sizes, factorsOf(a, b));
    const found = await bound(a, b, sizes);
    expect(found).toBeGreaterThanOrEqual(exact(a, b, sizes) + distance);
    expect(found).toBeLessThanOrEqual((exact(a, b, sizes) + distance) * (1 + 1e-8));
  });

  it('is not finite if float32 could overflow or an operand is not finite', async () => {
    const [a, b] = [normal(positions * p, 1), normal(positions * d, 2)];
    const times = (x: Float32Array, factor: number) => x.map((value) => value * factor);
    // Inputs beside which scaled gradients would lose their last bits, and sums beyond 2¹²⁰.
    expect(await bound(times(a, 2 ** 61), b, sizes)).toBeNaN();
    expect(await bound(times(a, 2 ** 50), times(b, 2 ** 65), sizes)).toBeNaN();
    expect(await bound(times(a, 2 ** 50), times(b, 2 ** 30), sizes)).toBeGreaterThan(2 ** 80);
    for (const bad of [NaN, Infinity]) {
      const spoilt = a.slice();
      spoilt[7] = bad;
      expect(await bound(spoilt, b, sizes)).toBeNaN();
    }
  });

  it('uses plain loops for small products and cheap ghost norms', async () => {
    const few = { positions: 4, p: 6, d: 5 };
    const wide = { positions: 4, p: 600, d: 500 };
    for (const each of [few, wide]) {
      const work = () => bound(normal(4 * each.p), normal(4 * each.d), each);
      expect(await matrixProducts(work)).toBe(0);
    }
  });
});

it('is not finite if an operand is not, even where the other is zero', async () => {
  for (const bad of [NaN, Infinity]) {
    for (const positions of [1, 2, 3]) {
      for (const [p, d] of [
        [2, 2],
        [4, 8],
        [40, 40],
      ] as const) {
        const a = new Float32Array(positions * p);
        const b = new Float32Array(positions * d);
        b[1] = bad;
        a[a.length - 1] = positions === 1 ? 0 : 1;
        expect(await bound(a, b, { positions, p, d })).toBeNaN();
        expect(await bound(b, a, { positions, p: d, d: p })).toBeNaN();
      }
    }
  }
});

it('keeps scaled gradients of tiny inputs at a single position within float32', async () => {
  const sizes = { positions: 1, p: 1, d: 1 };
  for (const input of [0, 2 ** -149, 2 ** -120, 2 ** -90]) {
    const b = Float32Array.of(2 ** 127);
    const found = await bound(Float32Array.of(input), b, sizes);
    expect(found).toBeGreaterThanOrEqual(input * 2 ** 127);
    // The factor is at most 2²⁰ over the bound.
    expect((2 ** 20 / found) * b[0]!).toBeLessThan(2 ** 121);
  }
});
