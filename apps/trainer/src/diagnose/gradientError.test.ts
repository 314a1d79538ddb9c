import { describe, expect, it } from '@jest/globals';
import { SeededRandom, uniform } from '@dpquant/random';
import { gradientError } from './gradientError.ts';

const exact = Float64Array.of(3, -4, 0, 1);

describe('gradientError', () => {
  it('tells what all draws have in common from what changes between them', async () => {
    // Off by (0.6, 0.8, 0, 0) in all draws, and by ±0.5 in the third entry.
    const draw = async (index: number) =>
      exact.map((value, i) => value + [0.6, 0.8, index % 2 === 0 ? 0.5 : -0.5, 0][i]!);
    const { bias, scatter } = await gradientError(exact, draw, 4);
    // Four draws of variance ¼: Σ¼/(4 − 1) is an unbiased estimate of it.
    expect(scatter ** 2).toBeCloseTo(1 / 3, 12);
    // The mean error is (0.6, 0.8, 0, 0); a quarter of the variance is what scatter alone gives.
    expect(bias ** 2).toBeCloseTo(1 - 1 / 12, 12);
  });

  it('takes no scatter for bias, and has neither where every draw is exact', async () => {
    const random = new SeededRandom(1, 'draws');
    const unbiased = async () => exact.map((value) => value + uniform(random) - 0.5);
    const found = await gradientError(exact, unbiased, 4000);
    // Four entries of variance 1/12; a standard deviation of 1 % at this number of draws.
    expect(Math.abs(found.scatter ** 2 / (4 / 12) - 1)).toBeLessThan(0.04);
    expect(found.bias).toBeLessThan(0.03);
    expect(await gradientError(exact, async () => exact, 2)).toEqual({ bias: 0, scatter: 0 });
  });
});
