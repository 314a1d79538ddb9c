import { describe, expect, it } from '@jest/globals';
import { optimistic, pessimistic } from './gridDistribution.ts';
import type { GridDistribution } from './gridDistribution.ts';
import { lossCells, mirrored } from './lossCells.ts';
import type { Mechanism } from '../mechanisms.ts';
import { exactSampledDelta } from '../testing/exactProfile.ts';

const settings: [number, number, number][] = [
  [0.01, 1, 1e-3],
  [0.2, 0.5, 1e-2],
  [0.9, 3, 1e-3],
  [1, 1, 1e-2],
  [1e-4, 0.7, 1e-4],
  [0.01, 100, 1e-6],
  [1, 0.15, 0.05],
  [1, 0.05, 0.2],
  [1 - 1e-12, 0.2, 0.02],
];

const gaussianOf = (sampleRate: number, scale: number): Mechanism => ({
  noise: 'gaussian',
  scale,
  sampling: 'poisson',
  sampleRate,
});

/** δ(ε) = P(loss = ∞) + Σ p(x)(1 − e^(ε−x))⁺. */
function deltaOf({ step, first, masses, infinityMass }: GridDistribution, epsilon: number): number {
  return masses.reduce((sum, mass, index) => {
    const loss = (first + index) * step;
    return loss > epsilon ? sum + mass * -Math.expm1(epsilon - loss) : sum;
  }, infinityMass);
}

describe.each(settings)(
  'the loss of the Gaussian mechanism at q %d, σ %d, step %d',
  (sampleRate, scale, step) => {
    const cells = lossCells(gaussianOf(sampleRate, scale), step, 1e-20);
    const directions = [cells, mirrored(cells)] as const;
    const grid = Array.from(
      { length: 40 },
      (_, index) => (cells.first + (index / 40) * cells.toLower.length) * step,
    );

    it('has probability 1 in both directions', () => {
      for (const direction of directions) {
        const total = pessimistic(direction).masses.reduce((a, b) => a + b);
        expect(Math.abs(total - 1)).toBeLessThan(1e-12);
      }
    });

    /** The closed form for addition cancels down to a multiple of e^ε. */
    const rounding = (epsilon: number): number => 1e-14 * (1 + Math.exp(epsilon));

    it('gives the exact δ on the grid', () => {
      for (const [direction, each] of directions.entries()) {
        const distribution = pessimistic(each);
        for (const point of grid) {
          const epsilon = Math.round(point / step) * step;
          const exact = exactSampledDelta(epsilon, sampleRate, scale)[direction]!;
          const difference = Math.abs(deltaOf(distribution, epsilon) - exact);
          expect(difference).toBeLessThan(1e-9 * exact + rounding(epsilon));
        }
      }
    });

    it('lies above the exact δ between grid points, and merged below it everywhere', () => {
      for (const [direction, each] of directions.entries()) {
        const above = pessimistic(each);
        const below = optimistic(each);
        for (const point of grid) {
          for (const part of [0, 0.5, 0.9]) {
            const epsilon = point + part * step;
            const exact = exactSampledDelta(epsilon, sampleRate, scale)[direction]!;
            expect(deltaOf(above, epsilon)).toBeGreaterThanOrEqual(exact - rounding(epsilon));
            expect(deltaOf(below, epsilon)).toBeLessThanOrEqual(exact + rounding(epsilon));
          }
        }
      }
    });
  },
);

describe('the tails cut off from a loss', () => {
  it('move to the lowest loss and to an infinite loss, so that δ only rises', () => {
    const tail = 1e-3;
    const cells = lossCells(gaussianOf(0.3, 1), 0.01, tail);
    for (const [direction, each] of [cells, mirrored(cells)].entries()) {
      const above = pessimistic(each);
      expect(above.infinityMass).toBe(tail);
      expect(above.masses[0]).toBeGreaterThanOrEqual(tail);
      for (let index = -5; index < above.masses.length + 5; index += 5) {
        const epsilon = (above.first + index) * 0.01;
        const exact = exactSampledDelta(epsilon, 0.3, 1)[direction]!;
        expect(deltaOf(above, epsilon)).toBeGreaterThanOrEqual(exact - 1e-15);
        expect(deltaOf(above, epsilon)).toBeLessThan(exact + 2.1 * tail);
        expect(deltaOf(optimistic(each), epsilon)).toBeLessThanOrEqual(exact + 1e-15);
      }
    }
  });
});

describe('the loss of the Laplace mechanism', () => {
  it('has atoms at both ends and a smooth part between', () => {
    const scale = 1;
    const step = 1 / 64;
    const cells = lossCells(
      { noise: 'laplace', scale, sampling: 'poisson', sampleRate: 1 },
      step,
      1e-20,
    );
    for (const each of [cells, mirrored(cells)]) {
      const distribution = pessimistic(each);
      const total = distribution.masses.reduce((a, b) => a + b);
      expect(Math.abs(total - 1)).toBeLessThan(1e-12);
      for (const epsilon of [0, 0.25, 0.5, 0.75, 1]) {
        // Dwork and Roth: δ(ε) = 1 − e^((ε − 1/b)/2) up to ε = 1/b.
        expect(deltaOf(distribution, epsilon)).toBeCloseTo(
          -Math.expm1((epsilon - 1 / scale) / 2),
          12,
        );
        expect(deltaOf(optimistic(each), epsilon)).toBeLessThanOrEqual(
          -Math.expm1((epsilon - 1) / 2) + 1e-12,
        );
      }
    }
  });
});
