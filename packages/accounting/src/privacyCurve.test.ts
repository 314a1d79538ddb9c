import { describe, expect, it } from '@jest/globals';
import { gaussian, poissonSampled, selfComposed } from './events.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { privacyCurve } from './privacyCurve.ts';

const step = poissonSampled(0.01, gaussian(1));

describe('privacyCurve', () => {
  it('gives decreasing δ over ε, each point a guarantee', () => {
    const event = selfComposed(step, 1000);
    const epsilons = Array.from({ length: 21 }, (_, index) => index / 5);
    const curve = privacyCurve({ event, epsilons });
    expect(curve.map(({ epsilon }) => epsilon)).toEqual(epsilons);
    for (const [index, { epsilon, delta }] of curve.entries()) {
      if (index > 0) expect(delta).toBeLessThan(curve[index - 1]!.delta);
      if (index % 7 > 0) continue;
      const fresh = new PldAccountant().compose(event);
      expect(delta / fresh.delta(epsilon)).toBeCloseTo(1, 3);
      expect(delta).toBeGreaterThanOrEqual(fresh.delta(epsilon, { estimate: 'optimistic' }));
    }
  });

  it('gives increasing ε over steps', () => {
    const curve = privacyCurve({
      event: step,
      delta: 1e-5,
      steps: [0, 1, 100, 1000],
      accountant: 'rdp',
    });
    expect(curve.map(({ steps }) => steps)).toEqual([0, 1, 100, 1000]);
    expect(curve[0]!.epsilon).toBe(0);
    expect(curve[3]!.epsilon).toBeCloseTo(2.1013652716, 6);
    expect(curve[2]!.epsilon).toBeGreaterThan(curve[1]!.epsilon);
  });

  it('refuses numbers out of range', () => {
    expect(() => privacyCurve({ event: step, epsilons: [-1] })).toThrow(RangeError);
    expect(() => privacyCurve({ event: step, delta: 1e-5, steps: [0.5] })).toThrow(RangeError);
    expect(() => privacyCurve({ event: step, delta: 1e-5, steps: [1], accountant: 'gdp' })).toThrow(
      "expected 'pld' or 'rdp'",
    );
  });
});
