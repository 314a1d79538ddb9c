import { describe, expect, it } from '@jest/globals';
import { flatClipping, perLayerClipping } from '../clipping/clipping.ts';
import { gridFactors, gridLoss, gridUnit, gridUnitsInClipNorm } from './grid.ts';

describe('gridFactors', () => {
  const wholeNumbers = (gradient: Float32Array, factor: number) =>
    gradient.map((value) => {
      const scaled = Math.fround(Math.fround(factor) * value);
      const floor = Math.floor(scaled);
      const rest = scaled - floor;
      return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
    });
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

  it.each([0.1, 1, 7.3, 2 ** -60, 2 ** 60])('keeps whole numbers within the clip norm %d', (c) => {
    for (const dimension of [1, 2, 1000, 65_536]) {
      // Every value lies just above a half: all of them are rounded up.
      const size = Math.ceil((gridUnitsInClipNorm / Math.sqrt(dimension)) * 2) / 2 + 0.5;
      const gradient = new Float32Array(dimension).fill(Math.fround(size * 1.000001));
      const factors = flatClipping(c).factors(Float64Array.of(norm(gradient)), 1);
      const [factor] = gridFactors(factors, c, dimension);
      expect(norm(wholeNumbers(gradient, factor!))).toBeLessThanOrEqual(gridUnitsInClipNorm);
    }
  });

  it('keeps the parts of per-layer clipping together within the clip norm', () => {
    const parts = [3, 500, 20_000].map((length) => new Float32Array(length).fill(0.7));
    const dimension = 20_503;
    let squared = 0;
    for (const part of parts) {
      const factors = perLayerClipping(2).factors(Float64Array.of(norm(part)), parts.length);
      const [factor] = gridFactors(factors, 2, dimension);
      squared += norm(wholeNumbers(part, factor!)) ** 2;
    }
    expect(Math.sqrt(squared)).toBeLessThanOrEqual(gridUnitsInClipNorm);
    expect(Math.sqrt(squared)).toBeGreaterThan(gridUnitsInClipNorm * (1 - 2 * gridLoss(dimension)));
  });

  it('gives the loss by the grid', () => {
    expect(gridLoss(11e6)).toBeCloseTo(0.00158, 5);
    expect(gridUnit(3)).toBe(3 / 2 ** 20);
  });

  it("refuses clip norms and sizes outside the grid's range", () => {
    const one = Float32Array.of(1);
    expect(() => gridFactors(one, 1, 2e10)).toThrow(/too many/);
    for (const clipNorm of [0, 1e-30, 1e30, NaN, Infinity]) {
      expect(() => gridFactors(one, clipNorm, 10)).toThrow(/clip norm: expected/);
      expect(() => gridUnit(clipNorm)).toThrow(RangeError);
    }
  });
});
