import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePlan } from './parsePlan.ts';
import type { PlanData } from './planData.ts';
import { analysisCount, epochCount } from './planEpochs.ts';
import { valueAtStep } from './stepSchedule.ts';
import { TrainingPlan } from './trainingPlan.ts';

const positive = fc.double({ min: 2e-5, max: 1e6, noNaN: true });
const rate = fc.double({ min: 1e-6, max: 1, noNaN: true });
const count = fc.integer({ min: 1, max: 40 });
const schedule = fc.record(
  {
    from: positive,
    to: positive,
    stages: count,
    shape: fc.constantFrom('linear' as const, 'exponential' as const),
  },
  { requiredKeys: ['from', 'to'] },
);
const varying = fc.oneof(positive, schedule);
const clipping = fc.oneof(
  fc.record({ noiseMultiplier: varying, clipNorm: varying }),
  fc.record({
    noiseMultiplier: varying,
    clipNorm: varying,
    guarantee: fc.constant('none' as const),
  }),
  fc.record({
    noiseMultiplier: fc.constant(0),
    clipNorm: fc.oneof(fc.constant(null), varying),
    guarantee: fc.constant('none' as const),
  }),
  fc.record({
    noiseMultiplier: varying,
    clipNorm: positive,
    quantileClipping: fc.record(
      {
        quantile: fc.constantFrom(0.1, 0.5),
        learningRate: positive,
        countDeviation: fc.constant(1e6),
      },
      { requiredKeys: ['countDeviation'] },
    ),
    guarantee: fc.constant('differential privacy' as const),
  }),
);
const analyses = fc.record(
  {
    sampleRate: rate,
    batches: count,
    noiseMultiplier: positive,
    sensitivity: positive,
    valueCount: count,
    interval: count,
    start: fc.nat({ max: 60 }),
  },
  { requiredKeys: ['sampleRate', 'noiseMultiplier', 'sensitivity', 'valueCount', 'interval'] },
);
/** With a start that the plan reaches, and the number that follows. */
function counted<T extends { interval: number; start?: number }>(
  shape: Pick<PlanData, 'steps' | 'stepsPerEpoch'>,
  looks: T,
) {
  const { interval } = looks;
  if (looks.start === undefined) return { ...looks, count: analysisCount(shape, interval) };
  const start = looks.start % Math.max(1, epochCount(shape));
  return { ...looks, start, count: analysisCount(shape, interval, start) };
}

/** Plans of every kind. */
const plans: fc.Arbitrary<PlanData> = fc
  .tuple(
    fc.record({
      unitCount: count,
      sampleRate: rate,
      steps: fc.nat({ max: 60 }),
      stepsPerEpoch: count,
      valueCount: count,
    }),
    clipping,
    fc.option(analyses, { nil: undefined }),
    fc.constantFrom({}, { accountant: 'pld' as const }, { accountant: 'rdp' as const }),
  )
  .map(([shape, clipped, looks, accounted]) => ({
    ...shape,
    ...clipped,
    ...accounted,
    ...(looks && { analyses: counted(shape, looks) }),
  }));

const throughJson = (plan: PlanData) => parsePlan(JSON.parse(JSON.stringify(plan)));

/** What each step of a plan costs, clips to and adds. */
const stepsOf = (plan: TrainingPlan) =>
  Array.from({ length: plan.steps }, (_, step) => {
    const { clipNorm, noiseDeviation } = plan;
    return [plan.eventAt('training', step), clipNorm, noiseDeviation, plan.sample(step).clipNorm];
  });

describe('a plan in JSON and back', () => {
  it('is the same plan, with the same privacy cost, and the same noise and clip norm in every step', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const back = throughJson(plan);
        expect(back).toEqual(plan);
        expect(throughJson(back)).toEqual(back);
        const [before, after] = [new TrainingPlan(plan), new TrainingPlan(back)];
        expect(before.data).toEqual(plan);
        expect(after.totalEvent).toEqual(before.totalEvent);
        expect(stepsOf(after)).toEqual(stepsOf(before));
      }),
      { numRuns: 100 },
    );
  });
});

const plan: PlanData = {
  unitCount: 200,
  sampleRate: 0.1,
  steps: 50,
  stepsPerEpoch: 10,
  noiseMultiplier: { from: 2, to: 1 },
  clipNorm: 3,
  valueCount: 70,
  quantileClipping: { quantile: 0.4, countDeviation: 9 },
  analyses: {
    ...{ sampleRate: 0.1, noiseMultiplier: 3, sensitivity: 1, valueCount: 4 },
    ...{ interval: 2, count: 3 },
  },
  guarantee: 'differential privacy',
  accountant: 'pld',
};

describe('a damaged plan', () => {
  /** What becomes of a plan when the value at a path is another, or is missing. */
  function damaged(path: string, value: unknown): unknown {
    const copy = structuredClone(plan) as unknown as Record<string, unknown>;
    const names = path.split('.');
    const last = names.pop()!;
    let part = copy;
    for (const name of names) part = part[name] as Record<string, unknown>;
    // As left out.
    part[last] = value;
    return copy;
  }

  it.each<[string, unknown[]]>([
    ['unitCount', [undefined, null, '200', 0, -1, 0.5, NaN, 2 ** 60, [200]]],
    ['sampleRate', [undefined, null, '0.1', 0, 1.1, NaN]],
    ['steps', [undefined, null, '50', -1, 0.5, Infinity]],
    ['stepsPerEpoch', [undefined, null, 0, 2.5]],
    ['noiseMultiplier', [undefined, null, 'much', 0, -1, Infinity, [1], 1e-6, 1e7]],
    ['noiseMultiplier.from', [undefined, null, 0, -1, '2']],
    ['noiseMultiplier.to', [undefined, null, 0, NaN, Infinity, 1e7]],
    ['noiseMultiplier.stages', [null, 0, 1.5, '10']],
    ['noiseMultiplier.shape', [null, 'round', 1]],
    ['noiseMultiplier.steps', [50]],
    ['clipNorm', [undefined, null, 'none', 0, Infinity, true, 1e30, { from: 1, to: 2 }]],
    ['valueCount', [undefined, null, '7', 0, 0.5]],
    ['quantileClipping', [null, 0.5, 'on', []]],
    ['quantileClipping.quantile', [null, '0.5']],
    ['quantileClipping.quantil', [0.5]],
    ['analyses', [null, 3, [], 'none']],
    ['analyses.sampleRate', [undefined, null, 0, 2]],
    ['analyses.batches', [null, 0, 1.5]],
    ['analyses.noiseMultiplier', [undefined, null, 0, -1, { from: 1, to: 2 }]],
    ['analyses.sensitivity', [undefined, null, 0, Infinity, 1e-30]],
    ['analyses.valueCount', [undefined, null, 0]],
    ['analyses.interval', [undefined, null, 0, 0.5]],
    ['analyses.start', [null, -1, 0.5, 5, '1']],
    ['analyses.count', [undefined, null, -1, 2, 4]],
    ['analyses.name', ['mine']],
    ['guarantee', [null, 'some', true]],
    ['accountant', [null, 'moments', 1]],
    ['clipnorm', [3]],
  ])('is refused with the name of %s', (path, values) => {
    for (const value of values) {
      expect(() => parsePlan(damaged(path, value))).toThrow(
        new RegExp(`^${path.replaceAll('.', '\\.')}: `),
      );
    }
  });

  it('is refused if it is not an object or is inconsistent', () => {
    for (const json of [null, undefined, 5, 'plan', []]) {
      expect(() => parsePlan(json)).toThrow(/^plan: expected an object, got/);
    }
    // Ranges of quantile clipping are those of `QuantileClipping`.
    expect(() => parsePlan(damaged('quantileClipping.quantile', 2))).toThrow(/^quantile: /);
    expect(() => parsePlan(damaged('quantileClipping.countDeviation', 1))).toThrow(
      /^countDeviation: 1 leaves nothing/,
    );
    // Infinity is null in JSON: it means no clipping, only where nothing is guaranteed.
    const unbounded = { ...plan, quantileClipping: undefined, clipNorm: Infinity };
    expect(() => parsePlan(JSON.parse(JSON.stringify(unbounded)))).toThrow(
      /^clipNorm: expected a number > 0 where there is noise/,
    );
  });

  it('is refused with the matching error class', () => {
    expect(() => parsePlan(damaged('steps', undefined))).toThrow(TypeError);
    expect(() => parsePlan(damaged('steps', -1))).toThrow(RangeError);
  });
});

describe('a parsed plan', () => {
  it('is a frozen copy', () => {
    const given = structuredClone(plan);
    const parsed = parsePlan(given);
    Object.assign(given, { steps: 1 });
    Object.assign(given.analyses!, { count: 9 });
    expect(parsed).toEqual(plan);
    for (const part of [parsed, parsed.analyses, parsed.quantileClipping, parsed.noiseMultiplier]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });
});

describe('valueAtStep', () => {
  it('equals the earlier implementation of ten stages, to the bit', () => {
    const noise = { from: 1.7043550167453008, to: 1.7043550167453008 * 0.5 };
    const steps = [0, 24, 25, 50, 100, 123, 124, 200, 223, 224, 247, 248, 1000];
    expect(steps.map((step) => valueAtStep(noise, step, 248))).toEqual([
      ...[1.7043550167453008, 1.7043550167453008, 1.5780192107644555, 1.4610480827503571],
      ...[1.2524746775967621, 1.2524746775967621, 1.159634631767019, 0.920402617182861],
      ...[0.920402617182861, 0.8521775083726504, 0.8521775083726504, 0.8521775083726504],
      0.8521775083726504,
    ]);
    expect(valueAtStep(0.7, 3, 5)).toBe(0.7);
    const linear = { from: 4, to: 1, stages: 4, shape: 'linear' } as const;
    expect([0, 1, 2, 3].map((step) => valueAtStep(linear, step, 4))).toEqual([4, 3, 2, 1]);
    expect(valueAtStep({ from: 4, to: 1, stages: 1 }, 3, 4)).toBe(4);
    expect(valueAtStep(linear, 0, 0)).toBe(4);
  });
});
