import { describe, expect, it } from '@jest/globals';
import { SeededRandom, fillGaussian } from '@dpquant/random';
import { ghostSquaredNorm, instantiatedSquaredNorm, usesGhostNorm } from './squaredNorms.ts';

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
  const sizes = { positions, p, d };
  const a = normal(positions * p, 1);
  const b = normal(positions * d, 2);
  a.forEach((_, i) => {
    if (i % 3 === 0) a[i] = 0;
  });

  it('agree, ghost and instantiated', () => {
    const expected = plain(a, b, positions, p, d);
    expect(ghostSquaredNorm(a, b, sizes) / expected - 1).toBeCloseTo(0, 12);
    expect(instantiatedSquaredNorm(a, b, sizes) / expected - 1).toBeCloseTo(0, 12);
  });

  it('use the method with fewer operations, or the forced one', () => {
    expect(usesGhostNorm('cheaper', sizes)).toBe(positions * (p + d) < p * d);
    expect(usesGhostNorm('ghost', sizes)).toBe(true);
    expect(usesGhostNorm('instantiate', sizes)).toBe(false);
  });
});
