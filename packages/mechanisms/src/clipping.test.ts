import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { flatClipping } from './clipping.ts';

describe('flatClipping', () => {
  it('scales long gradients to the clip norm and leaves short ones alone', () => {
    const factors = flatClipping(2).factors(Float64Array.of(0, 1, 2, 4, 1e30));
    expect(factors[0]).toBe(1);
    expect(factors[1]).toBe(1);
    expect(factors[2]).toBeCloseTo(1, 5);
    expect(factors[3]).toBeCloseTo(0.5, 5);
    expect(factors[4]! * 1e30).toBeCloseTo(2, 4);
  });

  it('gives gradients that are not finite the factor 0', () => {
    expect([...flatClipping(1).factors(Float64Array.of(NaN, Infinity, -Infinity))]).toEqual([
      0, 0, 0,
    ]);
  });

  it('never lets a product exceed the clip norm, float32 roundings included', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-12, max: 1e30, noNaN: true }),
        (clipNorm, norm) => {
          const [factor] = flatClipping(clipNorm).factors(Float64Array.of(norm));
          expect(Math.fround(factor! * Math.fround(norm))).toBeLessThanOrEqual(clipNorm);
          // Nothing is clipped more than it must be.
          expect(factor!).toBeGreaterThanOrEqual(Math.min(1, clipNorm / norm) * (1 - 2e-6));
        },
      ),
    );
  });

  it('states its sensitivity', () => {
    expect(flatClipping(0.7).sensitivity).toBe(0.7);
  });

  it.each([0, -1, NaN, Infinity])('refuses the clip norm %p', (clipNorm) => {
    expect(() => flatClipping(clipNorm)).toThrow(/clip norm: expected a positive number/);
  });
});
