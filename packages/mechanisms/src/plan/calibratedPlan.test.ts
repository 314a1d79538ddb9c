import { describe, expect, it } from '@jest/globals';
import {
  composed,
  createAccountant,
  gaussian,
  noiseCloseness,
  noiseClosenessEpsilon,
  poissonSampled,
  selfComposed,
} from '@dpquant/accounting';
import { requireCloseNoise } from '../noise/noiseRange.ts';
import { calibratedPlan, type CalibratedPlanOptions, type PlanBudget } from './calibratedPlan.ts';
import { TrainingPlan } from './trainingPlan.ts';

const options = {
  unitCount: 8000,
  sampleRate: 256 / 8000,
  epochs: 8,
  clipNorm: 1,
  valueCount: 1000,
};
const goal = { epsilon: 3, delta: 1e-5 };
const analyses = { interval: 2, batches: 1, sensitivity: 1, valueCount: 5 };
const before = selfComposed(poissonSampled(0.01, gaussian(1.1)), 300);
const inSteps = {
  unitCount: 1234,
  sampleRate: 100 / 1234,
  steps: 77,
  clipNorm: 1,
  valueCount: 1000,
};

describe('calibratedPlan', () => {
  // What ideal Gaussians need: the closeness of the noise to them takes less than a millionth more.
  it.each<[string, CalibratedPlanOptions, PlanBudget, number]>([
    ['steps alone', options, goal, 1.0473476161046085],
    ['steps and analyses', { ...options, analyses }, goal, 1.0511981495701164],
    [
      'noise that falls, analyses at that of the first step',
      { ...options, analyses, noiseRatio: 0.5, clipNorm: { from: 1, to: 0.3 } },
      goal,
      1.7043550167453008,
    ],
    [
      'quantile clipping, which costs nothing by itself',
      { ...options, clipNorm: 3, quantileClipping: { quantile: 0.7 } },
      goal,
      1.0473476161046085,
    ],
    [
      'analyses of noise and batches of their own, after what was spent before',
      {
        ...{ unitCount: 9001, sampleRate: 256 / 9001, epochs: 8, clipNorm: 1, valueCount: 1000 },
        analyses: { ...analyses, sampleRate: 500 / 9001, noiseMultiplier: 4 },
      },
      { epsilon: 5, delta: 1e-5, before },
      0.8146251831251673,
    ],
    [
      'analyses of several batches, in steps instead of epochs',
      { ...inSteps, analyses: { ...analyses, batches: 5, sensitivity: 2 } },
      goal,
      1.7141049777672996,
    ],
  ])('finds the noise for %s', (_, given, budget, expected) => {
    const { noiseMultiplier } = calibratedPlan(given, budget);
    const first = typeof noiseMultiplier === 'number' ? noiseMultiplier : noiseMultiplier.from;
    expect(first / expected - 1).toBeGreaterThan(0);
    expect(first / expected - 1).toBeLessThan(1e-6);
  });

  it("includes the closeness of all values' noise to Gaussian noise", () => {
    const many = { ...options, valueCount: 1e12, analyses };
    const noiseOf = (given: CalibratedPlanOptions) =>
      calibratedPlan(given, goal).noiseMultiplier as number;
    expect(noiseOf(many)).toBeGreaterThan(noiseOf({ ...options, analyses }) * (1 + 1e-5));
    const { totalEvent } = new TrainingPlan(calibratedPlan(many, goal));
    const values = 248 * 1e12 + 4 * 5;
    const one = { kind: 'noiseCloseness', divergence: values * 2 ** -76 } as const;
    expect(noiseClosenessEpsilon(totalEvent)).toBe(noiseClosenessEpsilon(one));
    // The count of quantile clipping is a value more.
    const adaptive = calibratedPlan({ ...options, quantileClipping: {} }, goal);
    const ofCounts = noiseClosenessEpsilon(new TrainingPlan(adaptive).totalEvent);
    const more = { kind: 'noiseCloseness', divergence: 248 * 1001 * 2 ** -76 } as const;
    expect(ofCounts).toBe(noiseClosenessEpsilon(more));
  });

  it('refuses so many values that their closeness would not be negligible', () => {
    const few = { ...options, valueCount: 3e13 };
    expect(() => calibratedPlan(few, { epsilon: 1.5, delta: 1e-5 })).toThrow(
      /^epsilon: the noise of all values .* ε′ of 0.00\d+, more than a thousandth of ε = 1.5; take fewer steps/,
    );
    expect(() => requireCloseNoise(noiseCloseness(1e-21), 0.01)).not.toThrow();
    expect(() => requireCloseNoise(noiseCloseness(1e-9), 0.01)).toThrow(/^epsilon: /);
  });

  it('stays within the noise range of the grid', () => {
    // An ε above about 270 is refused: the noise would have to be closer to a Gaussian than it is.
    const huge = calibratedPlan({ ...options, sampleRate: 1 }, { epsilon: 1e10, delta: 1e-5 });
    expect(huge.noiseMultiplier).toBeGreaterThan(2 ** -16);
    expect(() => calibratedPlan(options, { epsilon: 1e-12, delta: 1e-13 })).toThrow(
      /^epsilon: 1e-12 at delta .* out of reach/,
    );
  });

  it('returns the whole plan, ready for a file', () => {
    const byRdp = { ...goal, accountant: 'rdp' } as const;
    const plan = calibratedPlan({ ...options, noiseRatio: 0.5, analyses }, byRdp);
    const { noiseMultiplier } = plan.analyses!;
    expect(plan).toEqual({
      unitCount: 8000,
      sampleRate: 0.032,
      steps: 248,
      stepsPerEpoch: 31,
      noiseMultiplier: { from: noiseMultiplier, to: noiseMultiplier / 2 },
      clipNorm: 1,
      valueCount: 1000,
      analyses: { ...analyses, sampleRate: 0.032, noiseMultiplier, count: 4 },
      accountant: 'rdp',
    });
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it.each(['pld', 'rdp'] as const)(
    'stays within the goal by %s, including earlier events',
    (name) => {
      const budget = { epsilon: 4, delta: 1e-5, accountant: name, before };
      const plan = calibratedPlan({ ...options, analyses }, budget);
      expect(plan.accountant).toBe(name);
      const { totalEvent } = new TrainingPlan(plan);
      const spent = createAccountant(name)
        .compose(composed([before, totalEvent]))
        .epsilon(1e-5);
      expect(spent).toBeLessThanOrEqual(4);
      expect(spent).toBeGreaterThan(4 * (1 - 1e-4));
    },
  );

  it('accounts for the analyses from their start on', () => {
    const late = calibratedPlan({ ...options, analyses: { ...analyses, start: 5 } }, goal);
    // Before epochs 5 and 7 of eight, in place of 0, 2, 4 and 6.
    expect(late.analyses).toMatchObject({ start: 5, count: 2 });
    expect(new TrainingPlan(late).analyses).toMatchObject({ start: 5, count: 2 });
    const all = calibratedPlan({ ...options, analyses }, goal);
    expect(all.analyses).not.toHaveProperty('start');
    expect(late.noiseMultiplier).toBeLessThan(all.noiseMultiplier as number);
  });

  it('accepts a given noise multiplier', () => {
    const fixed = { noiseMultiplier: 1.7, accountant: 'rdp' } as const;
    const plan = calibratedPlan({ ...options, noiseRatio: 2, analyses }, fixed);
    expect(plan).toMatchObject({ noiseMultiplier: { from: 1.7, to: 3.4 }, accountant: 'rdp' });
    expect(plan.analyses!.noiseMultiplier).toBe(1.7);
    const none = { noiseMultiplier: 0 };
    expect(() => calibratedPlan(options, none)).toThrow(/^noiseMultiplier: .*guarantee: 'none'/);
  });

  it('without privacy neither clips nor adds noise, and has no guarantee', () => {
    const baseline = calibratedPlan(
      { ...options, noiseRatio: 2, quantileClipping: {}, analyses },
      { guarantee: 'none' },
    );
    expect(baseline).toMatchObject({ noiseMultiplier: 0, clipNorm: null, guarantee: 'none' });
    expect(baseline.quantileClipping).toBeUndefined();
    expect(baseline.analyses!.noiseMultiplier).toBe(0);
    const plan = new TrainingPlan(baseline);
    expect([plan.guarantee, plan.clipNorm, plan.noiseDeviation]).toEqual(['none', Infinity, 0]);
  });

  it('refuses invalid options by name', () => {
    const refused = (changes: object, budget: PlanBudget = goal) =>
      expect(() => calibratedPlan({ ...options, ...changes }, budget));
    refused({ unitCount: 0 }).toThrow(/^unitCount:/);
    refused({ epochs: 1.5 }).toThrow(/^epochs:/);
    refused({ epochs: 0 }).toThrow(/^epochs: expected a whole number > 0, got 0/);
    refused({ noiseRatoi: 2 }).toThrow(/^noiseRatoi: there is no such field; expected unitCount/);
    refused({ analyses: { ...analyses, count: 3 } }).toThrow(/^analyses\.count: there is no/);
    refused({ steps: 5 }).toThrow(/^steps: expected either .*got 5 and 8/);
    refused({ epochs: undefined }).toThrow(/^steps: expected either/);
    refused({ clipNorm: -1 }).toThrow(/^clipNorm:/);
    refused({ noiseRatio: -1 }).toThrow(/^noiseRatio: expected a number > 0, got -1/);
    refused({ analyses: { ...analyses, interval: 0 } }).toThrow(/^analyses\.interval:/);
    refused({ analyses: { ...analyses, start: 8 } }).toThrow(
      /^analyses\.start: expected an epoch from 0 to 7, the last of the plan, got 8/,
    );
    refused({ analyses: { ...analyses, start: -1 } }).toThrow(/^analyses\.start:/);
    refused({ analyses: { ...analyses, sensitivity: NaN } }).toThrow(/^analyses\.sensitivity:/);
    refused({ analyses: { ...analyses, name: 'mine' } }).toThrow(/^analyses\.name: there is no/);
    refused({}, { epsilon: 0, delta: 1e-5 }).toThrow(/^epsilon:/);
    for (const budget of [{}, null, { guarantee: 'differential privacy' }]) {
      refused({}, budget as never).toThrow(/^budget: expected (an object|.*guarantee: 'none')/);
    }
    refused({}, { ...goal, acountant: 'rdp' } as never).toThrow(/^budget\.acountant: there is no/);
    refused({}, { ...goal, noiseMultiplier: 1 }).toThrow(
      /^budget\.noiseMultiplier: there is no such field; expected epsilon, delta, accountant, before/,
    );
    refused({}, { ...goal, before: gaussian(0.1) }).toThrow(/^epsilon: 3 .*out of reach/);
    // Too much noise for the count of quantile clipping, at a twentieth of 16 units.
    const few = { sampleRate: 16 / 8000, quantileClipping: {} };
    refused(few, { noiseMultiplier: 2 }).toThrow(/^countDeviation:/);
  });
});

it.each([
  [{}, 2 ** -16],
  [{ noiseRatio: 0.25 }, { from: 2 ** -14, to: 2 ** -16 }],
])("uses the grid's least noise for no steps: %j", (changes, noiseMultiplier) => {
  const plan = calibratedPlan({ ...inSteps, ...changes, steps: 0 }, goal);
  expect(plan.noiseMultiplier).toEqual(noiseMultiplier);
});
