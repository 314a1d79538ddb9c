import { describe, expect, it } from '@jest/globals';
import {
  composed,
  gaussian,
  laplace,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
} from '../events.ts';
import { gaussianDelta, gaussianEpsilon } from '../pld/gaussianProfile.ts';
import { RdpAccountant } from './rdpAccountant.ts';
import { testAccountant } from '../testing/accountantSuite.ts';
import { epsilons } from '../testing/referenceValues.ts';

const step = poissonSampled(0.01, gaussian(1));

testAccountant('Rényi divergences', {
  create: () => new RdpAccountant(),
  tolerance: 1e-9,
  runs: 25,
});

describe('RdpAccountant', () => {
  it.each(epsilons)(
    'q $sampleRate, σ $noiseMultiplier, T $steps, δ $delta gives ε $rdp',
    ({ sampleRate, noiseMultiplier, steps, delta, rdp }) => {
      const accountant = new RdpAccountant().compose(
        poissonSampled(sampleRate, gaussian(noiseMultiplier)),
        steps,
      );
      expect(Math.abs(accountant.epsilon(delta) - rdp)).toBeLessThan(1e-6);
    },
  );

  it('gives the reference value of the mixed schedule', () => {
    const accountant = new RdpAccountant()
      .compose(poissonSampled(0.05, gaussian(2)), 100)
      .compose(poissonSampled(0.05, gaussian(1.5)), 200)
      .compose(poissonSampled(0.1, gaussian(3)), 300);
    expect(Math.abs(accountant.epsilon(1e-5) - 4.0514685)).toBeLessThan(1e-6);
  });

  it('is slightly above the exact ε of the Gaussian mechanism', () => {
    const epsilon = new RdpAccountant().compose(gaussian(1)).epsilon(1e-5);
    expect(epsilon).toBeGreaterThan(4.3771781);
    expect(epsilon).toBeLessThan(4.3771781 * 1.15);
  });

  it('inverts its own conversion', () => {
    const accountant = new RdpAccountant().compose(step, 1000);
    expect(accountant.delta(accountant.epsilon(1e-5))).toBeCloseTo(1e-5, 12);
  });

  it('names the order of the optimum', () => {
    expect(new RdpAccountant().compose(step, 1000).optimalOrder(1e-5)).toBe(7.8);
  });

  it('never gives a finite ε without noise', () => {
    const accountant = new RdpAccountant()
      .compose(step, 10)
      .compose(poissonSampled(1e-9, gaussian(0)));
    expect(accountant.hasGuarantee).toBe(false);
    expect(accountant.epsilon(0.5)).toBe(Infinity);
    expect(accountant.delta(100)).toBe(1);
    expect(accountant.optimalOrder(0.5)).toBeUndefined();
  });

  it('spends nothing without events', () => {
    const accountant = new RdpAccountant()
      .compose(step, 0)
      .compose(poissonSampled(0, gaussian(0)), 10)
      .compose(selfComposed(gaussian(0), 0))
      .compose(composed([]));
    expect(accountant.hasGuarantee).toBe(true);
    expect(accountant.epsilon(1e-15)).toBe(0);
    expect(accountant.delta(0)).toBe(0);
  });

  it('counts several releases from one draw as one release with the summed precision', () => {
    const twice = new RdpAccountant().compose(
      poissonSampled(0.01, composed([gaussian(1), gaussian(1)])),
      1000,
    );
    const fused = new RdpAccountant().compose(poissonSampled(0.01, gaussian(Math.SQRT1_2)), 1000);
    expect(twice.epsilon(1e-5)).toBeCloseTo(fused.epsilon(1e-5), 10);
    const repeated = new RdpAccountant().compose(
      poissonSampled(0.01, selfComposed(gaussian(1), 2)),
      1000,
    );
    expect(repeated.epsilon(1e-5)).toBeCloseTo(fused.epsilon(1e-5), 10);
  });

  it('multiplies the rates of a sample of a sample', () => {
    const nested = new RdpAccountant().compose(
      poissonSampled(0.1, poissonSampled(0.5, gaussian(1))),
      100,
    );
    const flat = new RdpAccountant().compose(poissonSampled(0.05, gaussian(1)), 100);
    expect(nested.epsilon(1e-5)).toBe(flat.epsilon(1e-5));
  });

  it('refuses sampled events composed inside a sample', () => {
    expect(() => new RdpAccountant().compose(poissonSampled(0.1, selfComposed(step, 2)))).toThrow(
      TypeError,
    );
  });

  it('refuses by name events for which it has no bound', () => {
    for (const event of [
      poissonSampled(0.1, composed([gaussian(1), laplace(1)])),
      poissonSampled(0.1, selfComposed(laplace(1), 2)),
      poissonSampled(0.1, sampledWithoutReplacement(1, 10, gaussian(1))),
      sampledWithoutReplacement(1, 10, poissonSampled(0.1, gaussian(1))),
    ]) {
      const accountant = new RdpAccountant().compose(gaussian(4));
      expect(() => accountant.compose(event)).toThrow(
        /composed|poissonSampled|sampledWithoutReplacement/,
      );
      // Nothing of it was added.
      expect(accountant.epsilon(1e-5)).toBe(new RdpAccountant().compose(gaussian(4)).epsilon(1e-5));
    }
  });

  it('refuses to combine two kinds of adjacency, in either order', () => {
    const fixed = sampledWithoutReplacement(1, 10, gaussian(1));
    expect(() => new RdpAccountant().compose(fixed).compose(step)).toThrow(TypeError);
    expect(() => new RdpAccountant().compose(step).compose(fixed)).toThrow('adding or removing');
    expect(() => new RdpAccountant().compose(composed([step, fixed]))).toThrow(TypeError);
    expect(new RdpAccountant().compose(step, 0).compose(fixed, 2).epsilon(1e-5)).toBeGreaterThan(0);
  });

  it('is close to the published bound for sampling without replacement, and never below', () => {
    // The reference counts noise in units of the change by a replacement, which is twice a
    // contribution.
    for (const [batch, examples, noise, count, published] of [
      [10, 1000, 2, 1000, 1.4452982],
      [1, 100, 1, 10, 1.0923863],
    ] as const) {
      const event = sampledWithoutReplacement(batch, examples, gaussian(2 * noise));
      const epsilon = new RdpAccountant().compose(event, count).epsilon(1e-5);
      expect(epsilon).toBeGreaterThan(published);
      expect(epsilon).toBeLessThan(published * 1.05);
    }
    const all = sampledWithoutReplacement(10, 10, gaussian(2));
    expect(new RdpAccountant().compose(all).epsilon(1e-5)).toBe(
      new RdpAccountant().compose(gaussian(1)).epsilon(1e-5),
    );
  });

  it('needs no δ for Laplace noise, which has a bound without one', () => {
    const accountant = new RdpAccountant().compose(laplace(2), 3);
    expect(accountant.epsilon(1e-12)).toBeCloseTo(1.5, 10);
    expect(accountant.optimalOrder(1e-12)).toBe(Infinity);
    expect(accountant.delta(1.5001)).toBe(0);
    expect(accountant.delta(1)).toBeGreaterThan(0);
    const sampled = new RdpAccountant().compose(poissonSampled(0.1, laplace(1)));
    expect(sampled.epsilon(1e-12)).toBeCloseTo(Math.log1p(0.1 * Math.expm1(1)), 10);
    expect(accountant.compose(gaussian(100)).optimalOrder(1e-12)).toBeLessThan(Infinity);
  });

  it('is slightly above the exact ε also for tiny privacy losses', () => {
    for (const [sigma, delta] of [
      [1e4, 1e-5],
      [1e6, 1e-8],
      [3e3, 1e-4],
    ] as const) {
      const accountant = new RdpAccountant().compose(gaussian(sigma));
      const exact = gaussianEpsilon(delta, sigma);
      const epsilon = accountant.epsilon(delta);
      expect(epsilon).toBeGreaterThan(exact);
      expect(epsilon).toBeLessThan(20 * exact);
      expect(accountant.delta(exact)).toBeGreaterThan(gaussianDelta(exact, sigma));
      expect(accountant.delta(epsilon)).toBeLessThan(delta * (1 + 1e-9));
    }
    const most = Number.MAX_SAFE_INTEGER;
    const many = new RdpAccountant().compose(poissonSampled(1e-12, gaussian(1)), most);
    // √T·q·√(e − 1) as if it were the 1/σ of one Gaussian release, which it is close to.
    const exact = gaussianEpsilon(1e-5, 1 / (Math.sqrt(most * (Math.E - 1)) * 1e-12));
    expect(many.epsilon(1e-5)).toBeGreaterThan(exact);
    expect(many.epsilon(1e-5)).toBeLessThan(4 * exact);
  });

  it('accepts other orders, and refuses invalid ones', () => {
    expect(new RdpAccountant({ orders: [8] }).compose(step, 1000).optimalOrder(1e-5)).toBe(8);
    expect(() => new RdpAccountant({ orders: [] })).toThrow(RangeError);
    expect(() => new RdpAccountant({ orders: [1] })).toThrow(RangeError);
  });

  it.each([0, 1, -1, NaN])('refuses δ = %d', (delta) => {
    expect(() => new RdpAccountant().epsilon(delta)).toThrow(RangeError);
  });

  it.each([-1, Infinity, NaN])('refuses ε = %d', (epsilon) => {
    expect(() => new RdpAccountant().delta(epsilon)).toThrow(RangeError);
  });
});
