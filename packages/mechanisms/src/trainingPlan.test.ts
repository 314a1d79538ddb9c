import { describe, expect, it } from '@jest/globals';
import { RdpAccountant } from '@dpquant/accounting';
import { TrainingPlan, type TrainingPlanOptions } from './trainingPlan.ts';

const options: TrainingPlanOptions = {
  unitCount: 200,
  sampleRate: 0.1,
  noiseMultiplier: 1.5,
  clipNorm: 2,
  steps: 50,
};
const zeros = (sizes: Record<string, number>, sensitivity = 2) => ({
  sums: new Map(Object.entries(sizes).map(([name, size]) => [name, new Float32Array(size)])),
  sensitivity,
});
const deviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
const correlation = (x: Float32Array, y: Float32Array) =>
  x.reduce((sum, value, i) => sum + value * y[i]!, 0) / x.length / deviation(x) / deviation(y);

describe('TrainingPlan', () => {
  it('adds noise of σ·C once and divides by the expected batch size', () => {
    const plan = new TrainingPlan(options);
    const { mean } = plan.release(plan.sample(0), zeros({ w: 100_000 }));
    const expected = (1.5 * 2) / (0.1 * 200);
    // The relative deviation of a sample deviation is 1/√(2n).
    expect(Math.abs(deviation(mean.get('w')!) / expected - 1)).toBeLessThan(5 / Math.sqrt(2e5));
  });

  it('divides by the expected size, whatever was drawn', () => {
    const plan = new TrainingPlan({ ...options, noiseMultiplier: 0 });
    for (let step = 0; step < 20; step++) {
      const sampled = plan.sample(step);
      const { mean } = plan.release(sampled, {
        sums: new Map([['w', Float32Array.of(40)]]),
        sensitivity: 2,
      });
      expect(mean.get('w')![0]).toBe(2);
    }
  });

  it('draws fresh noise for every weight, step, plan and resumed plan', () => {
    const n = 40_000;
    const plans = [options, { ...options, chargedSteps: 3 }, options].map(
      (each) => new TrainingPlan(each),
    );
    const noises = plans.flatMap((plan) =>
      [0, 1].flatMap((step) => [
        ...plan.release(plan.sample(step), zeros({ a: n, b: n })).mean.values(),
      ]),
    );
    noises.forEach((x, i) => {
      noises.slice(i + 1).forEach((y) => {
        expect(Math.abs(correlation(x, y))).toBeLessThan(5.5 / Math.sqrt(n));
      });
    });
  });

  it('releases an empty sample as pure noise', () => {
    const plan = new TrainingPlan({ ...options, sampleRate: 1e-9 });
    const sampled = plan.sample(0);
    expect(sampled.units).toHaveLength(0);
    expect(deviation(plan.release(sampled, zeros({ w: 10 })).mean.get('w')!)).toBeGreaterThan(0);
  });

  it('tells the accountant what it does', () => {
    const plan = new TrainingPlan(options);
    const { event } = plan.sample(0);
    expect(event).toEqual({
      kind: 'poissonSampled',
      sampleRate: 0.1,
      event: { kind: 'gaussian', noiseMultiplier: 1.5 },
    });
    expect(new RdpAccountant().compose(plan.totalEvent).epsilon(1e-5)).toBe(
      new RdpAccountant().compose(event, 50).epsilon(1e-5),
    );
  });

  it('takes no step beyond the planned ones, counting those charged before', () => {
    const plan = new TrainingPlan({ ...options, chargedSteps: 48 });
    plan.sample(0);
    plan.sample(1);
    expect(plan.chargedSteps).toBe(50);
    expect(() => plan.sample(2)).toThrow(/all 50 planned steps are charged/);
  });

  it('releases each sampled step once, and none of another plan', () => {
    const plan = new TrainingPlan(options);
    const sampled = plan.sample(0);
    plan.release(sampled, zeros({ w: 1 }));
    expect(() => plan.release(sampled, zeros({ w: 1 }))).toThrow(/released once/);
    const foreign = new TrainingPlan(options).sample(0);
    expect(() => plan.release(foreign, zeros({ w: 1 }))).toThrow(/not an open step/);
  });

  it('refuses sums whose sensitivity is not what the noise is for', () => {
    const plan = new TrainingPlan(options);
    const sampled = plan.sample(0);
    expect(() => plan.release(sampled, zeros({ w: 1 }, 4))).toThrow(/noise is for 2.*have 4/);
    expect(() => plan.release(sampled, zeros({ w: 1 }, 1))).toThrow(/sensitivity/);
    // Nothing is lost by the refusal.
    expect(plan.release(sampled, zeros({ w: 1 })).mean.size).toBe(1);
  });

  it('is reproducible with an insecure seed, resumes it, and then guarantees nothing', () => {
    const run = (plan: TrainingPlan, steps: number[]) =>
      steps.map((step) => {
        const sampled = plan.sample(step);
        return [[...sampled.units], [...plan.release(sampled, zeros({ w: 3 })).mean.get('w')!]];
      });
    const seeded = { ...options, insecureSeed: 7 };
    const whole = run(new TrainingPlan(seeded), [0, 1, 2, 3]);
    expect(run(new TrainingPlan(seeded), [0, 1, 2, 3])).toEqual(whole);

    const first = new TrainingPlan(seeded);
    const begun = run(first, [0, 1]);
    const randomState = JSON.parse(JSON.stringify(first.randomState())) as ReturnType<
      typeof first.randomState
    >;
    const resumed = new TrainingPlan({ ...seeded, randomState: randomState!, chargedSteps: 2 });
    expect([...begun, ...run(resumed, [2, 3])]).toEqual(whole);

    expect(first.guarantee).toBe('none');
  });

  it('keeps its secure randomness to itself and differs from plan to plan', () => {
    const plan = new TrainingPlan(options);
    expect(plan.guarantee).toBe('differential privacy');
    expect(plan.randomState()).toBeUndefined();
    expect(new TrainingPlan({ ...options, noiseMultiplier: 0 }).guarantee).toBe('none');
    const draws = [1, 2].map(() => String(new TrainingPlan(options).sample(0).units));
    expect(draws[0]).not.toBe(draws[1]);
  });

  it.each([
    ['unitCount', 0],
    ['unitCount', 1.5],
    ['sampleRate', 0],
    ['sampleRate', 1.1],
    ['sampleRate', NaN],
    ['noiseMultiplier', -1],
    ['noiseMultiplier', NaN],
    ['clipNorm', 0],
    ['clipNorm', Infinity],
    ['steps', -1],
    ['chargedSteps', 0.5],
  ])('refuses %s = %p', (name, value) => {
    expect(() => new TrainingPlan({ ...options, [name]: value })).toThrow(
      new RegExp(`^${name}: expected`),
    );
  });
});
