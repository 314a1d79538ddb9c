import { describe, expect, it } from '@jest/globals';
import { SeededRandom, fillGaussian } from '@dpquant/random';
import {
  ghostSquaredNorm,
  instantiatedSquaredNorm,
  squaredGradientNorm,
  squaredGradientNormBound,
  usesGhostNorm,
} from './squaredNorms.ts';

function normal(count: number, seed: number): Float64Array {
  const values = new Float64Array(count);
  fillGaussian(new SeededRandom(seed, 'test'), values);
  return values;
}

/** ‖AᵀB‖², entry by entry. */
function plain(a: Float64Array, b: Float64Array, positions: number, p: number, d: number): number {
  let sum = 0;
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < d; j++) {
      let entry = 0;
      for (let t = 0; t < positions; t++) entry += a[t * p + i]! * b[t * d + j]!;
      sum += entry * entry;
    }
  }
  return sum;
}

describe.each([
  [1, 3, 4],
  [2, 1, 1],
  [3, 5, 7],
  [7, 2, 9],
  [9, 6, 8],
  [4, 40, 30],
])('squared norms at %d positions, %d × %d', (positions, p, d) => {
  const a = normal(positions * p, 1);
  const b = normal(positions * d, 2);
  a.forEach((_, i) => {
    if (i % 3 === 0) a[i] = 0;
  });
  const expected = plain(a, b, positions, p, d);

  it('agree, ghost and instantiated', () => {
    expect(ghostSquaredNorm(a, b, positions, p, d) / expected - 1).toBeCloseTo(0, 12);
    expect(instantiatedSquaredNorm(a, b, positions, p, d) / expected - 1).toBeCloseTo(0, 12);
  });

  it('are taken by fewer operations, or as the caller forces it', () => {
    expect(usesGhostNorm('cheaper', positions, p, d)).toBe(positions * (p + d) < p * d);
    expect(usesGhostNorm('ghost', positions, p, d)).toBe(true);
    expect(usesGhostNorm('instantiate', positions, p, d)).toBe(false);
    for (const method of ['ghost', 'instantiate'] as const) {
      const squared = squaredGradientNorm(a, b, positions, p, d, method);
      expect(squared / expected - 1).toBeCloseTo(0, 12);
    }
  });

  it('are bounded from above, closely', () => {
    const bound = squaredGradientNormBound(a, b, positions, p, d);
    expect(bound).toBeGreaterThanOrEqual(expected);
    expect(bound).toBeLessThan(expected * (1 + 1e-5));
  });
});

describe('the cancelling case: T = 256, A = 10⁴ + N(0, 1), B centred over positions', () => {
  const positions = 256;
  const p = 24;
  const d = 18;
  const a = normal(positions * p, 3).map((x) => x + 1e4);
  const b = normal(positions * d, 4);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let t = 0; t < positions; t++) mean += b[t * d + j]! / positions;
    for (let t = 0; t < positions; t++) b[t * d + j]! -= mean;
  }

  it('has a bound above the true norm that covers the rounding of a float32 gradient', () => {
    const truth = Math.sqrt(plain(a, b, positions, p, d));
    const bound = Math.sqrt(squaredGradientNormBound(a, b, positions, p, d));
    // The gradient as float32 sums would form it.
    let squared = 0;
    for (let i = 0; i < p; i++) {
      for (let j = 0; j < d; j++) {
        let entry = 0;
        for (let t = 0; t < positions; t++) {
          const product = Math.fround(Math.fround(a[t * p + i]!) * Math.fround(b[t * d + j]!));
          entry = Math.fround(entry + product);
        }
        squared += entry * entry;
      }
    }
    expect(bound).toBeGreaterThan(truth);
    expect(bound).toBeGreaterThan(Math.sqrt(squared));
    expect(bound).toBeLessThan(truth * 1.2);
  });

  it('is instantiated also where the ghost norm would be cheaper', () => {
    const wide = 400;
    const aWide = normal(4 * wide, 5).map((x) => x + 1e8);
    const bWide = normal(4 * wide, 6);
    for (let j = 0; j < wide; j++) {
      let mean = 0;
      for (let t = 0; t < 4; t++) mean += bWide[t * wide + j]! / 4;
      for (let t = 0; t < 4; t++) bWide[t * wide + j]! -= mean;
    }
    const truth = plain(aWide, bWide, 4, wide, wide);
    const ghost = ghostSquaredNorm(aWide, bWide, 4, wide, wide);
    expect(Math.abs(ghost / truth - 1)).toBeGreaterThan(0.1);
    expect(squaredGradientNorm(aWide, bWide, 4, wide, wide) / truth).toBeCloseTo(1, 9);
    expect(squaredGradientNormBound(aWide, bWide, 4, wide, wide)).toBeGreaterThanOrEqual(truth);
  });
});

it('is not finite where an operand is not, also behind zeros of the other', () => {
  for (const bad of [NaN, Infinity]) {
    for (const positions of [1, 2, 3]) {
      for (const [p, d] of [
        [2, 2],
        [4, 8],
        [40, 40],
      ] as const) {
        const a = new Float64Array(positions * p);
        const b = new Float64Array(positions * d);
        b[1] = bad;
        a[a.length - 1] = positions === 1 ? 0 : 1;
        expect(Number.isFinite(squaredGradientNormBound(a, b, positions, p, d))).toBe(false);
        expect(Number.isFinite(squaredGradientNormBound(b, a, positions, d, p))).toBe(false);
      }
    }
  }
});
