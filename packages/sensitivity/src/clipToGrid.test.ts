import { describe, expect, it } from '@jest/globals';
import { clipToGrid } from './clipToGrid.ts';

describe('clipToGrid', () => {
  const units = 2 ** 20;
  const squared = (vector: Float64Array) =>
    [...vector].reduce((sum, value) => sum + BigInt(value) ** 2n, 0n);

  it.each([1, 2, 100, 10_000])(
    'keeps %d values within the norm if all are rounded up',
    (length) => {
      for (const fraction of [0, 0.5, 0.500001, 0.75]) {
        const each = Math.floor(units / Math.sqrt(length)) + fraction;
        const found = clipToGrid(new Float64Array(length).fill(each), units);
        expect(squared(found)).toBeLessThanOrEqual(BigInt(units) ** 2n);
        expect(Number(squared(found))).toBeGreaterThan(units ** 2 * 0.999);
      }
    },
  );

  it('rounds halves to even, and replaces infinities and NaN by 0', () => {
    const most = units - 1.5;
    const halves = Float64Array.of(0.5, 1.5, -0.5, -2.5).map((value) => (value * units) / most);
    for (const [i, expected] of [0, 2, 0, -2].entries()) {
      expect(clipToGrid(halves.slice(i, i + 1), units)[0]).toBe(expected);
    }
    for (const bad of [NaN, Infinity, 1e200]) {
      expect([...clipToGrid(Float64Array.of(1, bad), 1)]).toEqual([0, 0]);
    }
  });

  it('refuses so many values that rounding leaves no room', () => {
    expect(() => clipToGrid({ length: 2 ** 42 } as Float64Array, 1)).toThrow(
      /^candidates: .*fewer/,
    );
  });
});
