import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { automaticClipping, flatClipping, perLayerClipping } from './clipping.ts';

describe('flatClipping', () => {
  it('scales long gradients to the clip norm and leaves short ones unchanged', () => {
    const factors = flatClipping(2).factors(Float64Array.of(0, 1, 2, 4, 1e30), 1);
    expect(factors[0]).toBe(1);
    expect(factors[1]).toBe(1);
    expect(factors[2]).toBeCloseTo(1, 5);
    expect(factors[3]).toBeCloseTo(0.5, 5);
    expect(factors[4]! * 1e30).toBeCloseTo(2, 4);
  });

  it('gives factor 0 to gradients that are not finite', () => {
    expect([...flatClipping(1).factors(Float64Array.of(NaN, Infinity, -Infinity), 1)]).toEqual([
      0, 0, 0,
    ]);
  });

  it('never exceeds the clip norm, including float32 rounding', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: 1e-12, max: 1e30, noNaN: true }),
        (clipNorm, norm) => {
          const [factor] = flatClipping(clipNorm).factors(Float64Array.of(norm), 1);
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

  it.each([0, -1, NaN, Infinity])('like the other rules refuses the clip norm %p', (clipNorm) => {
    for (const rule of [flatClipping, perLayerClipping, automaticClipping]) {
      expect(() => rule(clipNorm)).toThrow(/clip norm: expected a positive number/);
    }
  });
});

describe('perLayerClipping', () => {
  it('gives each of L layers a clip norm of C/√L, so that all together have C', () => {
    const rule = perLayerClipping(2);
    expect(rule.sensitivity).toBe(2);
    const factors = rule.factors(Float64Array.of(0.5, 10, NaN), 4);
    expect(factors[0]).toBe(1);
    expect(factors[1]! * 10).toBeLessThanOrEqual(1);
    expect(factors[1]! * 10).toBeGreaterThan(1 - 2e-6);
    expect(factors[2]).toBe(0);
  });
});

describe('automaticClipping', () => {
  it('scales every gradient to nearly the clip norm and none above', () => {
    const rule = automaticClipping(3, 0.5);
    expect(rule.sensitivity).toBe(3);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e30, noNaN: true }), (norm) => {
        const [factor] = rule.factors(Float64Array.of(norm), 1);
        const exact = (3 * norm) / (norm + 0.5);
        expect(factor! * norm).toBeLessThanOrEqual(3);
        expect(Math.abs(factor! * norm - exact)).toBeLessThanOrEqual(2e-6 * exact);
      }),
    );
    expect(rule.factors(Float64Array.of(Infinity), 1)[0]).toBe(0);
  });

  it.each([0, -1, NaN, Infinity])('refuses the stability %p', (stability) => {
    expect(() => automaticClipping(1, stability)).toThrow(/stability/);
  });
});
