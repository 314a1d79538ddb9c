import { describe, expect, it } from '@jest/globals';
import { gaussian, PldAccountant, poissonSampled, selfComposed } from '@dpquant/accounting';
import { composedEpsilon } from './composedEpsilon.ts';

const delta = 1e-5;
const steps = (noise: number, count: number) =>
  selfComposed(poissonSampled(0.05, gaussian(noise)), count);

describe('composedEpsilon', () => {
  it("equals the accountant's result for all events", () => {
    const own = [steps(1, 60), steps(1, 60), steps(0.8, 20)];
    const accountant = new PldAccountant();
    accountant.compose(poissonSampled(0.05, gaussian(1)), 120);
    accountant.compose(poissonSampled(0.05, gaussian(0.8)), 20);
    const composed = composedEpsilon(
      own.map((event) => ({ own: event })),
      delta,
    )!;
    expect(composed).toBeCloseTo(accountant.epsilon(delta), 12);
    expect(composed).toBeGreaterThan(composedEpsilon([{ own: own[0]! }], delta)!);
  });

  it('counts common initial weights once, and similar but different ones twice', () => {
    const before = (name: string) => ({ name, event: steps(1, 100) });
    const from = (...names: string[]) =>
      composedEpsilon(
        names.map((name) => ({ own: steps(1, 10), before: before(name) })),
        delta,
      )!;
    const of = (count: number) => composedEpsilon([{ own: steps(1, count) }], delta)!;
    expect(from('one', 'one')).toBeCloseTo(of(120), 12);
    expect(from('one', 'other')).toBeCloseTo(of(220), 12);
  });

  it('is 0 for no runs, and unbounded if one run is', () => {
    expect(composedEpsilon([], delta)).toBe(0);
    expect(composedEpsilon([{ own: steps(1, 10) }, { own: null }], delta)).toBeNull();
    expect(composedEpsilon([{ own: gaussian(0) }], delta)).toBeNull();
  });
});
