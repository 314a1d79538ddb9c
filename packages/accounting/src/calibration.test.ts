import { describe, expect, it } from '@jest/globals';
import { calibrateNoiseMultiplier } from './calibration.ts';
import { composed, gaussian, poissonSampled, selfComposed } from './events.ts';
import type { PrivacyEvent } from './events.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { RdpAccountant } from './rdp/rdpAccountant.ts';
import { smallestWithin } from './smallestWithin.ts';

describe('calibrateNoiseMultiplier by Rényi accounting', () => {
  const spent = (noiseMultiplier: number, sampleRate: number, steps: number, delta: number) =>
    new RdpAccountant()
      .compose(poissonSampled(sampleRate, gaussian(noiseMultiplier)), steps)
      .epsilon(delta);

  it.each([
    [8, 1e-5, 0.04, 2250],
    [1, 1e-5, 0.01, 1000],
    [0.01, 1e-9, 0.001, 10],
    [100, 1e-3, 1, 100],
    [3, 1e-15, 0.5, 1],
  ])(
    'ε %d, δ %d, q %d, T %d: within the goal, and 1e-6 less noise is not',
    (epsilon, delta, sampleRate, steps) => {
      const sigma = calibrateNoiseMultiplier({
        epsilon,
        delta,
        sampleRate,
        steps,
        accountant: 'rdp',
      });
      expect(spent(sigma, sampleRate, steps, delta)).toBeLessThanOrEqual(epsilon);
      expect(spent(sigma * (1 - 1e-6), sampleRate, steps, delta)).toBeGreaterThan(epsilon);
    },
  );

  it.each([
    [{ epsilon: 0 }, 'epsilon'],
    [{ epsilon: Infinity }, 'epsilon'],
    [{ delta: 0 }, 'delta'],
    [{ sampleRate: 0 }, 'sampleRate'],
    [{ sampleRate: 1.5 }, 'sampleRate'],
    [{ steps: 0 }, 'steps'],
    [{ steps: 1.5 }, 'steps'],
  ])('refuses %j', (change, name) => {
    const goal = { epsilon: 1, delta: 1e-5, sampleRate: 0.01, steps: 100, ...change };
    expect(() => calibrateNoiseMultiplier(goal)).toThrow(RangeError);
    expect(() => calibrateNoiseMultiplier(goal)).toThrow(name);
  });

  it('gives the reason why a goal is out of reach', () => {
    const goal = { epsilon: 1e-12, delta: 1e-30, sampleRate: 1, steps: 1e6 };
    expect(() => calibrateNoiseMultiplier({ ...goal, accountant: 'rdp' })).toThrow(
      /out of reach.*take fewer steps than 1000000/,
    );
  });
});

describe('calibrateNoiseMultiplier by privacy loss distributions', () => {
  const spent = (event: PrivacyEvent, delta: number) =>
    new PldAccountant().compose(event).epsilon(delta);

  it.each([
    [8, 1e-5, 0.04, 2250, 1.345899],
    [1, 1e-5, 0.01, 1000, 1.414631],
    [1, 1e-5, 1, 1, 3.7306316],
  ])('ε %d, δ %d, q %d, T %d needs %d', (epsilon, delta, sampleRate, steps, published) => {
    const sigma = calibrateNoiseMultiplier({ epsilon, delta, sampleRate, steps });
    expect(Math.abs(sigma / published - 1)).toBeLessThan(1e-5);
    const plan = (noise: number) =>
      selfComposed(poissonSampled(sampleRate, gaussian(noise)), steps);
    expect(spent(plan(sigma), delta)).toBeLessThanOrEqual(epsilon);
    expect(spent(plan(sigma * (1 - 1e-6)), delta)).toBeGreaterThan(epsilon);
  });

  it('calibrates the free part of a plan around the fixed events', () => {
    const looks = selfComposed(poissonSampled(0.02, gaussian(4)), 50);
    const plan = (noise: number) =>
      composed([selfComposed(poissonSampled(0.01, gaussian(noise)), 500), looks]);
    const sigma = calibrateNoiseMultiplier({ epsilon: 2, delta: 1e-5, plan });
    expect(spent(plan(sigma), 1e-5)).toBeLessThanOrEqual(2);
    expect(spent(plan(sigma * (1 - 1e-6)), 1e-5)).toBeGreaterThan(2);
    const alone = { epsilon: 2, delta: 1e-5, sampleRate: 0.01, steps: 500 };
    expect(sigma).toBeGreaterThan(calibrateNoiseMultiplier(alone));
  });

  it.each([
    [1e4, 0.01, 1000, 0.03586],
    [300, 0.01, 100, undefined],
    [50, 1, 4, undefined],
  ])('ε %d, q %d, T %d: within the goal, and a little less noise is not', (...setting) => {
    const [epsilon, sampleRate, steps, expected] = setting;
    const sigma = calibrateNoiseMultiplier({ epsilon, delta: 1e-5, sampleRate, steps });
    const at = (noise: number) =>
      spent(selfComposed(poissonSampled(sampleRate, gaussian(noise)), steps), 1e-5);
    expect(at(sigma)).toBeLessThanOrEqual(epsilon);
    expect(at(sigma)).toBeGreaterThan(epsilon * (1 - 1e-5));
    if (expected !== undefined) expect(Math.abs(sigma / expected - 1)).toBeLessThan(1e-3);
  });

  it('calibrates releases at rate 1 among sampled ones', () => {
    const looks = selfComposed(poissonSampled(0.01, gaussian(1)), 100);
    const plan = (noise: number) => composed([gaussian(noise), looks]);
    const sigma = calibrateNoiseMultiplier({ epsilon: 33.12, delta: 1e-5, plan });
    expect(Math.abs(sigma - 0.2)).toBeLessThan(1e-4);
    expect(spent(plan(sigma), 1e-5)).toBeLessThanOrEqual(33.12);
    expect(spent(plan(sigma * (1 - 1e-5)), 1e-5)).toBeGreaterThan(33.12);
  });

  it('refuses a goal that the fixed events already exceed', () => {
    const plan = (noise: number) => composed([gaussian(noise), gaussian(1)]);
    expect(() => calibrateNoiseMultiplier({ epsilon: 1, delta: 1e-5, plan })).toThrow(
      /out of reach.*4\.377.*other events of the plan/,
    );
    expect(() =>
      calibrateNoiseMultiplier({ epsilon: 1, delta: 1e-5, plan: () => gaussian(0) }),
    ).toThrow(/out of reach.*Infinity/);
  });
});

describe('smallestWithin', () => {
  const range = { start: 1, firstStep: 0.2, lower: 1e-6, upper: 1e9, tolerance: 1e-6 };

  it.each([1e-5, 0.3, 1, 7, 1e8])('finds %d with few evaluations', (root) => {
    let evaluations = 0;
    const f = (x: number) => {
      evaluations++;
      return (root / x) ** 1.7 + root / x;
    };
    const found = smallestWithin(f, 2, range)!;
    expect(found).toBeGreaterThanOrEqual(root * (1 - 1e-14));
    expect(found).toBeLessThanOrEqual(root * (1 + 1e-6));
    expect(evaluations).toBeLessThan(20);
  });

  it('handles steps, zeros and infinities', () => {
    for (const [above, below] of [
      [Infinity, 0],
      [2, 1],
      [Infinity, 1],
      [1 + 1e-15, 0],
    ] as const) {
      const found = smallestWithin((x) => (x < 3 ? above : below), 1, range)!;
      expect(found).toBeGreaterThanOrEqual(3);
      expect(found).toBeLessThanOrEqual(3 * (1 + 1e-6));
    }
  });

  it('treats NaN as too much', () => {
    expect(smallestWithin(() => NaN, 1, range)).toBeUndefined();
    const found = smallestWithin((x) => (x < 3 ? NaN : 1 / x), 1, range)!;
    expect(found).toBeGreaterThanOrEqual(3);
    expect(found).toBeLessThanOrEqual(3 * (1 + 1e-6));
  });

  it('returns undefined if the whole range is too much, and the lower end if it is enough', () => {
    expect(smallestWithin(() => 2, 1, range)).toBeUndefined();
    expect(smallestWithin(() => 0, 1, range)).toBeCloseTo(1e-6, 12);
  });
});
