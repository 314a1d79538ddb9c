import { describe, expect, it } from '@jest/globals';
import { composeTilted, remainder } from './composition.ts';
import type { GridDistribution } from './gridDistribution.ts';

const distribution = (first: number, ...masses: number[]): GridDistribution => ({
  step: 0.1,
  first,
  masses: Float64Array.from(masses),
  infinityMass: 0,
});

/**
 * Σ by hand: the distribution of a sum of independent losses, as a map from grid index to
 * probability.
 */
function sumOf(parts: readonly (readonly [GridDistribution, number])[]): Map<number, number> {
  let total = new Map([[0, 1]]);
  for (const [{ first, masses }, count] of parts) {
    for (let round = 0; round < count; round++) {
      const next = new Map<number, number>();
      for (const [index, probability] of total) {
        for (const [offset, mass] of masses.entries()) {
          const place = index + first + offset;
          next.set(place, (next.get(place) ?? 0) + probability * mass);
        }
      }
      total = next;
    }
  }
  return total;
}

const a = distribution(-1, 0.25, 0.5, 0.2, 0, 0.05);
const b = distribution(-3, 0.1, 0.2, 0.3, 0.4);
const c = distribution(2, 0.5, 0.5);

describe('composeTilted', () => {
  it.each([0.01, 1, 5])(
    'composes two sums at once, tilted by %d, within its own error bound',
    (tilt) => {
      const remove = [
        [a, 5],
        [b, 2],
      ] as const;
      const add = [
        [c, 5],
        [a, 2],
      ] as const;
      const pairs = remove.map(
        ([distribution, count], index) =>
          [
            { distribution, count },
            { distribution: add[index]![0], count },
          ] as const,
      );
      const sums = composeTilted(
        pairs,
        [
          { tilt, start: -20 },
          { tilt: 2 * tilt, start: -20 },
        ],
        64,
      );
      for (const [direction, parts] of [remove, add].entries()) {
        const { circle, logScale, error, window } = sums[direction]!;
        let difference = 0;
        const exact = sumOf(parts);
        for (let index = -20; index < 44; index++) {
          const probability = exact.get(index) ?? 0;
          const tilted = probability * Math.exp(window.tilt * index * 0.1 - logScale);
          difference += Math.abs(circle[remainder(index, 64)]! - tilted);
        }
        expect(difference).toBeLessThan(error);
        expect(error).toBeLessThan(1e-11);
      }
    },
  );

  it('keeps the relative accuracy of a far tail when tilted towards it', () => {
    const pair = [
      { distribution: a, count: 20 },
      { distribution: a, count: 20 },
    ] as const;
    const [{ circle, logScale }] = composeTilted(
      [pair],
      [
        { tilt: 30, start: 0 },
        { tilt: 30, start: 0 },
      ],
      128,
    );
    const exact = sumOf([[a, 20]]).get(60)!;
    expect(exact).toBeCloseTo(0.05 ** 20, 30);
    expect((circle[60]! * Math.exp(logScale - 30 * 6)) / exact).toBeCloseTo(1, 9);
  });

  it('leaves a single distribution unchanged, without an error', () => {
    const pair = [
      { distribution: a, count: 1 },
      { distribution: b, count: 1 },
    ] as const;
    const [sum] = composeTilted(
      [pair],
      [
        { tilt: 1, start: -5 },
        { tilt: 1, start: -5 },
      ],
      16,
    );
    expect(sum.error).toBe(0);
    expect(sum.circle[remainder(-1, 16)]! * Math.exp(sum.logScale + 0.1)).toBeCloseTo(0.25, 14);
  });

  it('wraps losses outside the window into it', () => {
    const pair = [
      { distribution: c, count: 4 },
      { distribution: c, count: 4 },
    ] as const;
    const [{ circle }] = composeTilted(
      [pair],
      [
        { tilt: 1, start: 0 },
        { tilt: 1, start: 0 },
      ],
      8,
    );
    expect(circle.reduce((x, y) => x + y)).toBeCloseTo(1, 13);
  });
});
