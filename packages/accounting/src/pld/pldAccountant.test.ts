import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  composed,
  gaussian,
  laplace,
  poissonSampled,
  sampledWithoutReplacement,
} from '../events.ts';
import { PldAccountant } from './pldAccountant.ts';
import { RdpAccountant } from '../rdp/rdpAccountant.ts';
import { testAccountant } from '../testing/accountantSuite.ts';
import { exactSampledDelta, exactSampledDeltaOfTwo } from '../testing/exactProfile.ts';
import { epsilons } from '../testing/referenceValues.ts';

const step = (sampleRate: number, noiseMultiplier: number) =>
  poissonSampled(sampleRate, gaussian(noiseMultiplier));

testAccountant('privacy loss distributions', {
  create: () => new PldAccountant(),
  tolerance: 1e-4,
  runs: 6,
});

describe('PldAccountant against published values', () => {
  it.each(epsilons)(
    'q $sampleRate, σ $noiseMultiplier, T $steps, δ $delta gives ε $pld',
    ({ sampleRate, noiseMultiplier, steps, delta, pld, rdp }) => {
      const accountant = new PldAccountant().compose(step(sampleRate, noiseMultiplier), steps);
      const epsilon = accountant.epsilon(delta);
      expect(epsilon).toBeLessThan(pld + 1e-4);
      expect(epsilon).toBeGreaterThan(pld - 1e-3);
      expect(epsilon).toBeLessThan(rdp);
      const lower = accountant.epsilon(delta, { estimate: 'optimistic' });
      expect(lower).toBeLessThanOrEqual(epsilon);
      expect(lower).toBeGreaterThan(epsilon - 1e-2);
    },
  );

  it('gives the published value of the mixed schedule', () => {
    const accountant = new PldAccountant()
      .compose(step(0.05, 2), 100)
      .compose(step(0.05, 1.5), 200)
      .compose(step(0.1, 3), 300);
    const epsilon = accountant.epsilon(1e-5);
    expect(epsilon).toBeLessThan(3.7155087 + 1e-4);
    expect(epsilon).toBeGreaterThan(3.7155087 - 1e-3);
    expect(accountant.epsilon(1e-5, { estimate: 'optimistic' })).toBeLessThan(epsilon);
  });

  it('distinguishes two releases from one draw (ε 4.48) and from two draws (2.58)', () => {
    const once = poissonSampled(0.01, composed([gaussian(1), gaussian(1)]));
    expect(new PldAccountant().compose(once, 1000).epsilon(1e-5)).toBeCloseTo(4.4808, 3);
    expect(new PldAccountant().compose(step(0.01, 1), 2000).epsilon(1e-5)).toBeCloseTo(2.5838, 3);
  });

  it('gives the exact value of several plain Gaussian mechanisms', () => {
    expect(new PldAccountant().compose(gaussian(1)).epsilon(1e-5)).toBeCloseTo(4.3771781, 6);
    const four = new PldAccountant().compose(gaussian(2), 2).compose(gaussian(Math.SQRT2));
    expect(four.epsilon(1e-5)).toBeCloseTo(4.3771781, 6);
    expect(four.delta(4.3771781)).toBeCloseTo(1e-5, 9);
  });

  it.each([
    ['one Laplace release', laplace(1), 1, 0.99998],
    ['a hundred of them', laplace(10), 100, 4.2203473],
    ['a thousand sampled ones', poissonSampled(0.01, laplace(0.5)), 1000, 2.6829297],
    ['one beside a Gaussian', composed([laplace(1), gaussian(3)]), 1, 2.2167746],
  ])('%s spends as much as published', (_, event, count, expected) => {
    const accountant = new PldAccountant().compose(event, count);
    expect(Math.abs(accountant.epsilon(1e-5) - expected)).toBeLessThan(1e-4);
    expect(accountant.epsilon(1e-5, { estimate: 'optimistic' })).toBeLessThan(expected + 1e-4);
  });
});

describe('PldAccountant against exact values', () => {
  const settings: [number, number, number][] = [
    [0.01, 1, 1e-5],
    [0.2, 0.7, 1e-3],
    [0.9, 2, 1e-8],
    [0.5, 20, 1e-4],
    [1e-3, 0.5, 1e-7],
  ];

  it.each(settings)('one release at q %d, σ %d, δ %d', (sampleRate, noiseMultiplier, delta) => {
    const accountant = new PldAccountant().compose(step(sampleRate, noiseMultiplier));
    const epsilon = accountant.epsilon(delta);
    const exactAt = (x: number) => Math.max(...exactSampledDelta(x, sampleRate, noiseMultiplier));
    expect(exactAt(epsilon)).toBeLessThanOrEqual(delta);
    expect(exactAt(epsilon)).toBeGreaterThan(delta * (1 - 1e-3));
    const lower = accountant.epsilon(delta, { estimate: 'optimistic' });
    expect(exactAt(lower)).toBeGreaterThanOrEqual(delta);
    expect(accountant.delta(epsilon, { estimate: 'optimistic' })).toBeLessThanOrEqual(
      exactAt(epsilon),
    );
  });

  it.each(settings)('two releases at q %d, σ %d, δ %d', (sampleRate, noiseMultiplier, delta) => {
    const accountant = new PldAccountant().compose(step(sampleRate, noiseMultiplier), 2);
    const epsilon = accountant.epsilon(delta);
    const exactAt = (x: number) =>
      Math.max(...exactSampledDeltaOfTwo(x, sampleRate, noiseMultiplier));
    expect(exactAt(epsilon)).toBeLessThanOrEqual(delta * (1 + 1e-9));
    expect(exactAt(epsilon)).toBeGreaterThan(delta * (1 - 2e-3));
    const lower = accountant.epsilon(delta, { estimate: 'optimistic' });
    expect(exactAt(lower)).toBeGreaterThanOrEqual(delta * (1 - 1e-9));
  });
});

describe('PldAccountant as a bound', () => {
  const logUniform = (lower: number, upper: number) =>
    fc.double({ min: Math.log(lower), max: Math.log(upper), noNaN: true }).map(Math.exp);

  it('optimistic ≤ pessimistic ≤ Rényi, for ε and for δ, over random settings', () => {
    fc.assert(
      fc.property(
        logUniform(1e-5, 1),
        logUniform(0.4, 200),
        fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100_000 })),
        logUniform(1e-14, 0.1),
        (sampleRate, noiseMultiplier, steps, delta) => {
          const event = step(sampleRate, noiseMultiplier);
          const accountant = new PldAccountant().compose(event, steps);
          const renyi = new RdpAccountant().compose(event, steps);
          const epsilon = accountant.epsilon(delta);
          expect(epsilon).toBeLessThanOrEqual(renyi.epsilon(delta));
          expect(accountant.epsilon(delta, { estimate: 'optimistic' })).toBeLessThanOrEqual(
            epsilon,
          );
          const atEpsilon = accountant.delta(epsilon);
          expect(atEpsilon).toBeLessThanOrEqual(renyi.delta(epsilon));
          expect(accountant.delta(epsilon, { estimate: 'optimistic' })).toBeLessThanOrEqual(
            atEpsilon,
          );
        },
      ),
      { seed: 4, numRuns: 25 },
    );
  });

  it.each([0.3, 1, 30, 1000])(
    'stays finite and not negative at all extremes, σ %d',
    (noiseMultiplier) => {
      for (const sampleRate of [1e-6, 0.02, 1]) {
        for (const steps of [1, 1000, 1e6]) {
          const accountant = new PldAccountant().compose(step(sampleRate, noiseMultiplier), steps);
          const renyi = new RdpAccountant().compose(step(sampleRate, noiseMultiplier), steps);
          let previous = Infinity;
          for (const delta of [1e-15, 0.1]) {
            const epsilon = accountant.epsilon(delta);
            expect(epsilon).toBeGreaterThanOrEqual(0);
            expect(epsilon).toBeLessThanOrEqual(Math.min(previous, renyi.epsilon(delta)));
            const atEpsilon = accountant.delta(epsilon);
            expect(atEpsilon).toBeGreaterThanOrEqual(0);
            expect(atEpsilon).toBeLessThanOrEqual(delta * (1 + 1e-6));
            previous = epsilon;
          }
        }
      }
    },
  );

  it('answers with the Rényi bound if it knows no loss distribution', () => {
    const event = sampledWithoutReplacement(10, 1000, gaussian(4));
    const accountant = new PldAccountant().compose(event, 100);
    expect(accountant.epsilon(1e-5)).toBe(new RdpAccountant().compose(event, 100).epsilon(1e-5));
    expect(accountant.epsilon(1e-5, { estimate: 'optimistic' })).toBe(0);
    const loud = new PldAccountant().compose(step(0.5, 0.001));
    expect(loud.epsilon(1e-5)).toBe(new RdpAccountant().compose(step(0.5, 0.001)).epsilon(1e-5));
    expect(loud.epsilon(1e-5, { estimate: 'optimistic' })).toBe(0);
  });

  it('is never above the bound that needs no δ, grid or not', () => {
    const accountant = new PldAccountant().compose(laplace(10), 3);
    for (const delta of [1e-15, 1e-9, 1e-7])
      expect(accountant.epsilon(delta)).toBeLessThan(0.3 + 1e-12);
    expect(accountant.delta(0.3 + 1e-12)).toBe(0);
  });

  it('is tight: a δ of 1e-15 is not lost in rounding', () => {
    const accountant = new PldAccountant().compose(step(0.01, 1), 1000);
    const epsilon = accountant.epsilon(1e-15);
    const lower = accountant.epsilon(1e-15, { estimate: 'optimistic' });
    expect(epsilon - lower).toBeLessThan(0.01 * epsilon);
  });

  it('is tighter than a fixed grid for tiny ε', () => {
    // A step of 1e-4 gives 0.0085 here, more than the Rényi bound of 0.0063.
    const accountant = new PldAccountant().compose(step(1e-3, 100), 10_000);
    expect(accountant.epsilon(1e-5)).toBeLessThan(0.004);
    expect(accountant.epsilon(1e-5, { estimate: 'optimistic' })).toBeGreaterThan(
      accountant.epsilon(1e-5) * 0.99,
    );
  });

  it('accepts new events after a question', () => {
    const accountant = new PldAccountant().compose(step(0.01, 1), 500);
    accountant.epsilon(1e-5);
    accountant.compose(step(0.01, 1), 500);
    expect(accountant.epsilon(1e-5)).toBe(
      new PldAccountant().compose(step(0.01, 1), 1000).epsilon(1e-5),
    );
  });

  it('answers further questions from earlier compositions, within the tolerance', () => {
    const accountant = new PldAccountant().compose(step(0.01, 1), 1000);
    for (const delta of [1e-5, 1e-6, 1e-4, 3e-8, 1e-3]) {
      const fresh = new PldAccountant().compose(step(0.01, 1), 1000).epsilon(delta);
      const epsilon = accountant.epsilon(delta);
      expect(Math.abs(epsilon / fresh - 1)).toBeLessThan(1e-4);
      expect(accountant.epsilon(delta)).toBe(epsilon);
    }
  });
});
