import { describe, expect, it } from '@jest/globals';
import { largestTilt, logMoment, optimistic, pessimistic } from './gridDistribution.ts';
import { lossCells } from './lossCells.ts';
import { logLossMoment } from './lossMoment.ts';
import type { Mechanism } from '../mechanisms.ts';

const mechanism: Mechanism = { noise: 'gaussian', scale: 1, sampling: 'poisson', sampleRate: 0.01 };

describe('logMoment', () => {
  it('is the log of the tilted sum, in either direction', () => {
    const grid = {
      step: 0.5,
      first: -2,
      masses: Float64Array.of(0.1, 0, 0.6, 0.3),
      infinityMass: 0,
    };
    for (const tilt of [-40, -1, 0, 0.5, 30]) {
      const sum = 0.1 * Math.exp(-tilt) + 0.6 + 0.3 * Math.exp(tilt / 2);
      expect(logMoment(grid, tilt)).toBeCloseTo(Math.log(sum), 12);
    }
  });

  it('is Infinity, not wrong, if a term would be lost', () => {
    const grid = { step: 1, first: 0, masses: Float64Array.of(1, 0, 1e-300), infinityMass: 0 };
    expect(logMoment(grid, 290)).toBeCloseTo(Math.log1p(1e-300 * Math.exp(580)), 9);
    expect(logMoment(grid, 310)).toBe(Infinity);
    expect(logMoment(grid, largestTilt(grid))).toBeLessThan(Infinity);
  });

  it.each([0.5, 3, 8])(
    'approaches the integral over the loss from above and from below, tilt %d',
    (tilt) => {
      const exact = logLossMoment(mechanism, tilt, 1e-25);
      let previous = Infinity;
      for (const step of [1e-2, 1e-3, 1e-4]) {
        const cells = lossCells(mechanism, step, 1e-25);
        const above = logMoment(pessimistic(cells), tilt) - exact;
        expect(above).toBeGreaterThan(-1e-13);
        expect(above).toBeLessThan(previous);
        expect(logMoment(optimistic(cells), tilt)).toBeLessThan(exact + 1e-13);
        previous = above;
      }
      expect(previous).toBeLessThan(1e-3 * exact);
    },
  );
});

describe('optimistic', () => {
  it('keeps the probability, and lowers the loss as little as possible', () => {
    const step = 2e-4;
    const cells = lossCells(mechanism, step, 1e-25);
    const masses = optimistic(cells).masses;
    const total = masses.reduce((a, b) => a + b);
    expect(Math.abs(total - 1)).toBeLessThan(1e-12);
    expect(masses.every((mass) => mass >= 0)).toBe(true);
    // E[e^(−loss)] is the probability without the example: rounding down raises it above 1, a
    // little.
    const excess = masses.reduce(
      (sum, mass, index) => sum + mass * Math.expm1(-(cells.first + index) * step),
      0,
    );
    expect(excess).toBeGreaterThan(-1e-12);
    expect(excess).toBeLessThan(1e-8);
  });
});
