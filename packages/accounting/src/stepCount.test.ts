import { describe, expect, it } from '@jest/globals';
import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import { gaussian, laplace, poissonSampled, selfComposed } from './events.ts';
import type { PrivacyEvent } from './events.ts';
import { PrivacyLedger } from './ledger.ts';
import { largestStepCount } from './stepCount.ts';

const step = poissonSampled(0.01, gaussian(1));

describe('largestStepCount', () => {
  it.each<[string, PrivacyEvent, PrivacyEvent | undefined, number, AccountantName]>([
    ['of a run, by pld', step, undefined, 2, 'pld'],
    ['of a run, by rdp', step, undefined, 2, 'rdp'],
    ['after something else', step, selfComposed(gaussian(5), 3), 2, 'pld'],
    ['of which only a few fit', gaussian(2), undefined, 5, 'pld'],
    ['without a δ', laplace(10), undefined, 0.95, 'pld'],
    ['of many small steps', poissonSampled(1e-4, gaussian(2)), undefined, 0.3, 'rdp'],
  ])('%s: this many fit, and one more does not', (_, event, after, epsilon, accountant) => {
    const spent = (count: number) =>
      createAccountant(accountant)
        .compose(event, count)
        .compose(after ?? step, after === undefined ? 0 : 1)
        .epsilon(1e-5);
    const goal = { epsilon, delta: 1e-5, event, accountant };
    const count = largestStepCount(after === undefined ? goal : { ...goal, after });
    expect(count).toBeGreaterThan(0);
    expect(spent(count)).toBeLessThanOrEqual(epsilon);
    expect(spent(count + 1)).toBeGreaterThan(epsilon);
  });

  it.each<[string, PrivacyEvent, number, number]>([
    ['a loud release before sampled steps', gaussian(0.2), 33.12434, 130],
    ['sixteen at σ = 1 before them', selfComposed(gaussian(1), 16), 24.40469, 130],
  ])('%s leaves room for the expected number of steps', (_, after, epsilon, expected) => {
    const goal = { delta: 1e-5, event: step, after };
    expect(Math.abs(largestStepCount({ ...goal, epsilon }) - expected)).toBeLessThanOrEqual(3);
    const ledger = new PrivacyLedger().record(after, 'analysis');
    const budget = { epsilon, delta: 1e-5 };
    expect(ledger.remainingCount(step, budget)).toBe(largestStepCount({ ...goal, epsilon }));
    expect(ledger.record(step, 'training', 1000).remainingCount(step, budget)).toBe(0);
  });

  it('returns 2^53 − 1 if more would fit', () => {
    const goal = { epsilon: 1, delta: 1e-5, accountant: 'rdp' as const };
    const tiny = poissonSampled(1e-15, gaussian(1));
    expect(largestStepCount({ ...goal, event: tiny })).toBe(Number.MAX_SAFE_INTEGER);
    expect(largestStepCount({ ...goal, event: tiny, accountant: 'pld' })).toBe(
      Number.MAX_SAFE_INTEGER,
    );
    const thousand = selfComposed(tiny, 1000);
    expect(largestStepCount({ ...goal, event: thousand })).toBeGreaterThan(1e15);
  });

  it('finds the few more steps that pld allows compared with rdp', () => {
    const goal = { epsilon: 1.8282436 + 1e-3, delta: 1e-5, event: step };
    expect(largestStepCount(goal)).toBeGreaterThanOrEqual(1000);
    expect(largestStepCount({ ...goal, accountant: 'rdp' })).toBeLessThan(900);
  });

  it('is 0 if nothing fits, and Infinity if nothing is spent', () => {
    const budget = { epsilon: 0.1, delta: 1e-5 };
    expect(largestStepCount({ ...budget, event: gaussian(1) })).toBe(0);
    expect(largestStepCount({ ...budget, event: gaussian(0) })).toBe(0);
    expect(largestStepCount({ ...budget, event: step, after: gaussian(1) })).toBe(0);
    expect(largestStepCount({ ...budget, event: poissonSampled(0, gaussian(0)) })).toBe(Infinity);
    expect(
      largestStepCount({ ...budget, event: poissonSampled(0, gaussian(0)), after: gaussian(1) }),
    ).toBe(0);
  });

  it('refuses what is not a budget', () => {
    expect(() => largestStepCount({ epsilon: 0, delta: 1e-5, event: step })).toThrow('epsilon');
    expect(() => largestStepCount({ epsilon: 1, delta: 1, event: step })).toThrow('delta');
  });
});
