import { describe, expect, it } from '@jest/globals';
import { gaussian, poissonSampled, RdpAccountant } from '@dpquant/accounting';
import { fillGaussian, SeededRandom } from '@dpquant/random';
import { correlation, deviation } from '../testing/statistics.ts';
import { addGridNoise } from '../noise/gaussianMechanism.ts';
import { gridUnit } from '../noise/grid.ts';
import type { PlanData } from './planData.ts';
import type { StepSchedule } from './stepSchedule.ts';
import { TrainingPlan } from './trainingPlan.ts';
import type { PlanState } from './trainingPlanOptions.ts';

const options: PlanData = {
  unitCount: 200,
  sampleRate: 0.1,
  noiseMultiplier: 1.5,
  clipNorm: 2,
  steps: 50,
  stepsPerEpoch: 10,
  valueCount: 100_000,
};
const zeros = (sizes: Record<string, number>, sensitivity = 2) => ({
  sums: new Map(Object.entries(sizes).map(([name, size]) => [name, new Float64Array(size)])),
  gridUnit: gridUnit(sensitivity),
  sensitivity,
});
/** An event of this noise, whatever else is in it. */
const withNoise = (noiseMultiplier: number) => ({
  events: [{ event: { noiseMultiplier } }, { kind: 'noiseCloseness' }],
});

/** Of so many values with noise. */
const closeness = (count: number) => ({ kind: 'noiseCloseness', divergence: count * 2 ** -76 });

describe('TrainingPlan', () => {
  it('adds noise of σ·C once and divides by the expected batch size', async () => {
    const plan = new TrainingPlan(options);
    const { mean, noiseDeviation } = await plan.release(plan.sample(0), zeros({ w: 100_000 }));
    const expected = (1.5 * 2) / (0.1 * 200);
    expect(noiseDeviation).toBeCloseTo(expected, 12);
    expect(plan.noiseDeviation).toBe(noiseDeviation);
    // The relative deviation of a sample deviation is 1/√(2n).
    expect(Math.abs(deviation(mean.get('w')!) / expected - 1)).toBeLessThan(5 / Math.sqrt(2e5));
  });

  it('divides by the expected size, not by the drawn one', async () => {
    const plan = new TrainingPlan({ ...options, noiseMultiplier: 0, guarantee: 'none' });
    for (let step = 0; step < 20; step++) {
      const sampled = plan.sample(step);
      const { mean } = await plan.release(sampled, {
        sums: new Map([['w', Float64Array.of(40 / gridUnit(2))]]),
        gridUnit: gridUnit(2),
        sensitivity: 2,
      });
      expect(mean.get('w')![0]).toBe(2);
    }
  });

  it('leaves the sums unchanged, and allocates as many bytes as one copy of them', async () => {
    const plan = new TrainingPlan(options);
    const sums = new Map(['a', 'b'].map((name) => [name, Int32Array.of(3, -4)]));
    const { mean } = await plan.release(plan.sample(0), {
      ...{ sums, gridUnit: gridUnit(2), sensitivity: 2 },
    });
    expect([...sums.values()]).toEqual([Int32Array.of(3, -4), Int32Array.of(3, -4)]);
    const [a, b] = [mean.get('a')!, mean.get('b')!];
    expect(a).not.toEqual(b);
    expect(a.buffer).toBe(b.buffer);
    expect(a.buffer.byteLength).toBe(4 * 4);
  });

  it('draws fresh noise for every weight, step, plan and resumed plan', async () => {
    const n = 40_000;
    const plans = [{}, { chargedSteps: 3 }, {}].map((each) => new TrainingPlan(options, each));
    const noises: Float32Array[] = [];
    for (const plan of plans) {
      for (const step of [0, 1]) {
        const { mean } = await plan.release(plan.sample(step), zeros({ a: n, b: n }));
        noises.push(...mean.values());
      }
    }
    noises.forEach((x, i) => {
      noises.slice(i + 1).forEach((y) => {
        expect(Math.abs(correlation(x, y))).toBeLessThan(5.5 / Math.sqrt(n));
      });
    });
  });

  it('releases an empty sample as pure noise', async () => {
    const plan = new TrainingPlan({ ...options, sampleRate: 1e-9 });
    const sampled = plan.sample(0);
    expect(sampled.units).toHaveLength(0);
    const { mean } = await plan.release(sampled, zeros({ w: 10 }));
    expect(deviation(mean.get('w')!)).toBeGreaterThan(0);
  });

  it('reports its events to the accountant', () => {
    const plan = new TrainingPlan(options);
    const { event } = plan.sample(0);
    const ideal = poissonSampled(0.1, gaussian(1.5));
    expect(event).toEqual({ kind: 'composed', events: [ideal, closeness(100_000)] });
    expect(new RdpAccountant().compose(plan.totalEvent).epsilon(1e-5)).toBe(
      new RdpAccountant().compose(event, 50).epsilon(1e-5),
    );
  });

  it('takes no step beyond the planned ones, including those charged before', () => {
    const plan = new TrainingPlan(options, { chargedSteps: 48 });
    plan.sample(0);
    plan.sample(1);
    expect(plan.chargedSteps).toBe(50);
    expect(() => plan.sample(2)).toThrow(/step: all 50 planned ones are charged/);
  });

  it('releases each sampled step once, and none of another plan', async () => {
    const plan = new TrainingPlan(options);
    const sampled = plan.sample(0);
    const released = plan.release(sampled, zeros({ w: 1 }));
    // Also while the first release is under way.
    await expect(plan.release(sampled, zeros({ w: 1 }))).rejects.toThrow(/released once/);
    await released;
    await expect(plan.release(sampled, zeros({ w: 1 }))).rejects.toThrow(/released once/);
    const foreign = new TrainingPlan(options).sample(0);
    await expect(plan.release(foreign, zeros({ w: 1 }))).rejects.toThrow(/not an open one/);
  });

  it('identifies a sample by the object itself, not by its fields', async () => {
    const noiseMultiplier = { from: 5, to: 0.01, stages: 50 };
    const plan = new TrainingPlan({ ...options, noiseMultiplier });
    const sampled = plan.sample(0);
    const copies = [
      { ...sampled },
      { ...sampled, index: 49 },
      { ...sampled, clipNorm: 1e-3 },
      structuredClone(sampled),
    ];
    for (const copy of copies) {
      const sums = zeros({ w: 1 }, copy.clipNorm);
      await expect(plan.release(copy, sums)).rejects.toThrow(/not a copy.*released once/);
    }
    // Its fields cannot be changed in place either.
    expect(() => Object.assign(sampled, { index: 49, clipNorm: 1e-3 })).toThrow(TypeError);
    const { noiseDeviation, event } = await plan.release(sampled, zeros({ w: 1 }));
    expect(noiseDeviation).toBeCloseTo((5 * 2) / 20, 12);
    expect(event).toMatchObject(withNoise(5));
  });

  it('refuses sums whose sensitivity is not the planned one', async () => {
    const plan = new TrainingPlan(options);
    const sampled = plan.sample(0);
    const refused = (sensitivity: number) =>
      expect(plan.release(sampled, zeros({ w: 1 }, sensitivity))).rejects;
    await refused(4).toThrow(/noise is for 2.*have 4/);
    await refused(1).toThrow(/sensitivity/);
    // Nothing is lost by the refusal.
    expect((await plan.release(sampled, zeros({ w: 1 }))).mean.size).toBe(1);
  });

  it('is reproducible with an insecure seed, also when resumed, and then has no guarantee', async () => {
    const run = async (plan: TrainingPlan, steps: number[]) => {
      const taken: number[][][] = [];
      for (const step of steps) {
        const sampled = plan.sample(step);
        const { mean } = await plan.release(sampled, zeros({ w: 3 }));
        taken.push([[...sampled.units], [...mean.get('w')!]]);
      }
      return taken;
    };
    const seeded = { insecureSeed: 7 };
    const whole = await run(new TrainingPlan(options, seeded), [0, 1, 2, 3]);
    expect(await run(new TrainingPlan(options, seeded), [0, 1, 2, 3])).toEqual(whole);

    const first = new TrainingPlan(options, seeded);
    const begun = await run(first, [0, 1]);
    const state = JSON.parse(JSON.stringify(first.state())) as PlanState;
    const resumed = new TrainingPlan(options, { ...seeded, state, chargedSteps: 2 });
    expect([...begun, ...(await run(resumed, [2, 3]))]).toEqual(whole);

    expect(first.guarantee).toBe('none');
  });

  it('does not expose its secure randomness, which differs from plan to plan', () => {
    const plan = new TrainingPlan(options);
    expect(plan.guarantee).toBe('differential privacy');
    expect(plan.state()).toEqual({});
    const noiseless = { ...options, noiseMultiplier: 0 };
    expect(() => new TrainingPlan(noiseless)).toThrow(
      /^noiseMultiplier: expected a number > 0, got 0; .*guarantee: 'none'/,
    );
    expect(new TrainingPlan({ ...noiseless, guarantee: 'none' }).guarantee).toBe('none');
    expect(new TrainingPlan({ ...options, guarantee: 'none' }).guarantee).toBe('none');
    const unknown = { ...options, guarantee: 'some' as 'none' };
    expect(() => new TrainingPlan(unknown)).toThrow(/^guarantee: expected .*'some'/);
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
    ['clipNorm', 2 ** -61],
    ['noiseMultiplier', 2 ** -17],
    ['noiseMultiplier', 2 ** 22],
    ['valueCount', 0],
    ['steps', -1],
    ['stepsPerEpoch', 0],
  ])('refuses %s = %p', (name, value) => {
    expect(() => new TrainingPlan({ ...options, [name]: value })).toThrow(
      new RegExp(`^${name}: expected`),
    );
  });

  it('refuses invalid charges', () => {
    for (const name of ['chargedSteps', 'chargedAnalyses']) {
      expect(() => new TrainingPlan(options, { [name]: 0.5 })).toThrow(
        new RegExp(`^${name}: expected`),
      );
    }
  });

  it('refuses the state of a run in the plan data', () => {
    for (const standing of [{ chargedSteps: 3 }, { insecureSeed: 3 }, { state: {} }]) {
      expect(() => new TrainingPlan({ ...options, ...standing })).toThrow(/there is no such field/);
    }
  });
});

describe('a release', () => {
  const plan = new TrainingPlan({ ...options, valueCount: 4 });
  const release = (changes: object) =>
    expect(plan.release(plan.sample(0), { ...zeros({ a: 2, b: 2 }), ...changes })).rejects;
  const of = (...values: number[]) => ({ sums: new Map([['a', Float64Array.from(values)]]) });

  it('is refused off its grid, and with more values than accounted for', async () => {
    await release({ gridUnit: 2 ** -20 }).toThrow(/^gridUnit: expected 0.0000019073/);
    await release({ gridUnit: 1 }).toThrow(/sensitivity of 2, got 1; round/);
    for (const value of [0.5, NaN, Infinity, 2 ** 53]) {
      await release(of(1, value)).toThrow(
        /^sums: expected whole numbers .*, got another number at place 1;/,
      );
    }
    await release(of(1, 2, 3, 4, 5)).toThrow(
      /^valueCount: the plan accounts for 4 values, .* have 5/,
    );
  });

  it('without clipping accepts real values only', async () => {
    const baseline = new TrainingPlan({
      ...{ ...options, noiseMultiplier: 0, clipNorm: null, guarantee: 'none' },
    });
    const sums = { ...of(NaN, 0.5), gridUnit: 0.5, sensitivity: Infinity };
    const sampled = baseline.sample(0);
    await expect(baseline.release(sampled, sums)).rejects.toThrow(
      /^gridUnit: expected 1, that of real/,
    );
    const { mean } = await baseline.release(sampled, { ...sums, gridUnit: 1 });
    expect([...mean.get('a')!]).toEqual([NaN, Math.fround(0.5 / 20)]);
  });

  it('keeps names, order and exact whole numbers', async () => {
    const exact = new TrainingPlan({ ...options, noiseMultiplier: 0, guarantee: 'none' });
    const sums = new Map([
      ['z', Float64Array.of(1, 2 ** 40)],
      ['a', Float64Array.of()],
      ['m', Float64Array.of(-3)],
    ]);
    const { mean } = await exact.release(exact.sample(0), {
      sums,
      gridUnit: gridUnit(2),
      sensitivity: 2,
    });
    expect([...mean]).toEqual([
      ['z', Float32Array.of(gridUnit(2) / 20, (2 ** 40 * gridUnit(2)) / 20)],
      ['a', Float32Array.of()],
      ['m', Float32Array.of((-3 * gridUnit(2)) / 20)],
    ]);
  });

  it('of int32 sums equals that of the same whole numbers in float64', async () => {
    const numbers = [2 ** 31 - 1, -(2 ** 31), 0, -7];
    const releaseOf = async (sums: Map<string, Int32Array | Float64Array>) => {
      const seeded = new TrainingPlan({ ...options, valueCount: 4 }, { insecureSeed: 3 });
      const given = { sums, gridUnit: gridUnit(2), sensitivity: 2 };
      return (await seeded.release(seeded.sample(0), given)).mean;
    };
    const [a, b] = [numbers.slice(0, 3), numbers.slice(3)];
    const expected = await releaseOf(
      new Map([
        ['a', Float64Array.from(a)],
        ['b', Float64Array.from(b)],
      ]),
    );
    const int32 = [Int32Array.from(a), Int32Array.from(b)] as const;
    for (const second of [int32[1], Float64Array.from(b)]) {
      const sums = new Map<string, Int32Array | Float64Array>([
        ['a', int32[0]],
        ['b', second],
      ]);
      expect(await releaseOf(sums)).toEqual(expected);
    }
    // They stay as they are, without noise.
    expect([...int32[0], ...int32[1]]).toEqual(numbers);
  });

  it('has the same set of possible values for any sums', async () => {
    // Noise in floating point has not (Mironov 2012): next to a sum of 0 it comes in steps too fine
    // for any that could bring a sum of 1 to the same float32.
    const words = [0x7fffffff, 0xffffffff, 2 ** 30 - 1, 0xffff0000, 0, 2 ** 30 - 1];
    const noise = new Float64Array(4);
    fillGaussian({ uint32: () => words.shift()! }, noise);
    const betrayed = [...noise].filter((each) => {
      const released = Math.fround(0 + each);
      const needed = released - 1;
      return Math.fround(1 + needed) !== released;
    });
    expect(betrayed.length).toBeGreaterThan(0);

    // Whole numbers come from either sum, each of them.
    const found = await Promise.all(
      [0, 3].map(async (sum) => {
        const values = new Float64Array(20_000).fill(sum);
        await addGridNoise(values, 16, new SeededRandom(sum, 'noise'));
        return new Set(values);
      }),
    );
    for (let value = -30; value <= 33; value++) {
      expect(found.map((values) => values.has(value))).toEqual([true, true]);
    }
  });
});

it('adds nothing without noise, also without clipping', async () => {
  const plan = new TrainingPlan({
    ...options,
    noiseMultiplier: 0,
    clipNorm: null,
    guarantee: 'none',
  });
  const sums = {
    sums: new Map([['w', Float64Array.of(40.5)]]),
    gridUnit: 1,
    sensitivity: Infinity,
  };
  expect((await plan.release(plan.sample(0), sums)).mean.get('w')![0]).toBe(Math.fround(40.5 / 20));
  expect(plan.guarantee).toBe('none');
});

describe('schedules of noise and clip norm', () => {
  const noiseMultiplier = { from: 2, to: 0.5, stages: 3 };
  const clipNorm: StepSchedule = { from: 4, to: 1, stages: 2, shape: 'linear' };

  it('determine what each step does and what it is charged', async () => {
    const plan = new TrainingPlan({ ...options, noiseMultiplier, clipNorm });
    const events = [];
    for (let step = 0; step < 50; step++) {
      const sampled = plan.sample(step);
      expect(sampled.clipNorm).toBe(step < 25 ? 4 : 1);
      const multiplier = step < 17 ? 2 : step < 34 ? 1 : 0.5;
      expect(sampled.event).toMatchObject(withNoise(multiplier));
      const { mean } = await plan.release(sampled, zeros({ w: 10_000 }, sampled.clipNorm));
      const expected = (multiplier * sampled.clipNorm) / 20;
      expect(Math.abs(deviation(mean.get('w')!) / expected - 1)).toBeLessThan(5 / Math.sqrt(2e4));
      events.push(sampled.event);
    }
    const charged = events.reduce((spent, event) => spent.compose(event), new RdpAccountant());
    const planned = new RdpAccountant().compose(plan.totalEvent);
    expect(planned.epsilon(1e-5)).toBeCloseTo(charged.epsilon(1e-5), 10);
    expect(plan.totalEvent).toMatchObject({
      events: [{ count: 17 }, { count: 17 }, { count: 16 }],
    });
  });

  it('are read once: later changes affect neither cost nor noise', async () => {
    const fickle = { from: 5, to: 5 };
    const plan = new TrainingPlan({ ...options, noiseMultiplier: fickle });
    Object.assign(fickle, { from: 0.01, to: 0.01 });
    const sampled = plan.sample(0);
    expect(sampled.event).toMatchObject(withNoise(5));
    const { noiseDeviation } = await plan.release(sampled, zeros({ w: 1 }));
    expect(noiseDeviation).toBeCloseTo((5 * 2) / 20, 12);
    expect(() => Object.assign(plan.data.noiseMultiplier, { from: 0.01 })).toThrow(TypeError);
  });

  it('continue at the charges of a resumed run', () => {
    const plan = new TrainingPlan({ ...options, noiseMultiplier, clipNorm }, { chargedSteps: 40 });
    expect(plan.sample(12).event).toMatchObject(withNoise(0.5));
    expect(plan.clipNorm).toBe(1);
  });

  it('must be positive in every stage', () => {
    for (const name of ['noiseMultiplier', 'clipNorm']) {
      for (const [field, schedule] of [
        ['from', { from: 0, to: 1 }],
        ['to', { from: 1, to: 0 }],
        ['from', { from: 1e-300, to: 1 }],
        ['stages', { from: 1, to: 1, stages: 0 }],
        ['shape', { from: 1, to: 1, shape: 'round' }],
      ] as const) {
        const damaged = { ...options, [name]: schedule, guarantee: 'none' as const };
        const message = new RegExp(`^${name}\\.${field}: expected`);
        expect(() => new TrainingPlan(damaged)).toThrow(message);
      }
    }
  });
});

describe('quantile clipping', () => {
  const adaptive: PlanData = {
    ...options,
    unitCount: 2000,
    quantileClipping: { countDeviation: 2 },
  };

  it('is one event at σ: the precisions of gradient and count add up to its precision', async () => {
    const plan = new TrainingPlan(adaptive);
    const sampled = plan.sample(0);
    expect(sampled.event).toMatchObject({
      events: [{ event: { kind: 'gaussian', noiseMultiplier: 1.5 } }, closeness(100_001)],
    });
    const n = 100_000;
    const { mean } = await plan.release(sampled, { ...zeros({ w: n }), unclippedCount: 0 });
    const multiplier = (deviation(mean.get('w')!) * 200) / 2;
    // Sensitivity of the count is ½, so its multiplier is 2·2 = 4.
    const precision = multiplier ** -2 + 4 ** -2;
    expect(Math.abs(precision / 1.5 ** -2 - 1)).toBeLessThan(10 / Math.sqrt(2 * n));
  });

  it("adds the count's noise before the clip norm is updated", async () => {
    const steps = 2000;
    const logs: number[] = [];
    for (let i = 0; i < steps; i++) {
      const plan = new TrainingPlan(adaptive);
      await plan.release(plan.sample(0), { ...zeros({}), unclippedCount: 0 });
      // C·e^(−0.2·(noise/200 + ½ − ½))
      logs.push((Math.log(plan.clipNorm / 2) / -0.2) * 200);
    }
    expect(Math.abs(deviation(logs) / 2 - 1)).toBeLessThan(5 / Math.sqrt(2 * steps));
  });

  it('follows the quantile, from far away', async () => {
    for (const [start, quantile] of [
      [100, 0.5],
      [0.01, 0.9],
    ] as const) {
      const plan = new TrainingPlan({
        ...adaptive,
        steps: 150,
        clipNorm: start,
        quantileClipping: { quantile },
      });
      for (let step = 0; step < 150; step++) {
        const sampled = plan.sample(step);
        // Norms spread evenly from 0 to 10.
        const unclipped = sampled.units.filter((unit) => (unit % 1000) / 100 <= sampled.clipNorm);
        const unclippedCount = unclipped.length - sampled.units.length / 2;
        await plan.release(sampled, { ...zeros({}, sampled.clipNorm), unclippedCount });
      }
      expect(plan.clipNorm).toBeGreaterThan(10 * quantile - 1.2);
      expect(plan.clipNorm).toBeLessThan(10 * quantile + 1.2);
      const resumed = new TrainingPlan(adaptive, { state: plan.state(), chargedSteps: 49 });
      expect(resumed.sample(0).clipNorm).toBe(plan.clipNorm);
    }
  });

  it.each([
    [0.5, 2 ** -60],
    [-0.5, 2 ** 60],
  ])("stays within the grid's range, even if all units count %d", async (count, border) => {
    // Of each unit drawn: gradients that are all zero, or not finite.
    const plan = new TrainingPlan({ ...adaptive, steps: 600 });
    for (let step = 0; step < 600; step++) {
      const sampled = plan.sample(step);
      const unclippedCount = count * sampled.units.length;
      await plan.release(sampled, { ...zeros({}, sampled.clipNorm), unclippedCount });
    }
    expect(Math.abs(Math.log(plan.clipNorm / border))).toBeLessThan(0.2);
  });

  it('refuses sums without a count, a count that spends everything, and a scheduled clip norm', async () => {
    const plan = new TrainingPlan(adaptive);
    const sampled = plan.sample(0);
    await expect(plan.release(sampled, zeros({}))).rejects.toThrow(/unclippedCount/);
    const build = (changes: Partial<PlanData>) => () =>
      new TrainingPlan({ ...adaptive, ...changes });
    expect(build({ noiseMultiplier: 4 })).toThrow(/leaves nothing for the gradient.*more than 2/);
    expect(build({ clipNorm: { from: 1, to: 2 } })).toThrow(/starts from a number/);
    for (const quantile of [0, 1, NaN]) {
      expect(build({ quantileClipping: { quantile } })).toThrow(/^quantile:/);
    }
    expect(build({ quantileClipping: { learningRate: -1 } })).toThrow(/^learningRate:/);
  });
});

describe('analyses', () => {
  // Five epochs: before the first and the fourth.
  const counted = { interval: 3, count: 2 };
  const analyses = {
    ...{ sampleRate: 0.2, noiseMultiplier: 3, sensitivity: 0.5, valueCount: 20_000 },
    ...counted,
  };
  const found = (values: Float64Array, sensitivity = 0.5) => ({
    values,
    gridUnit: gridUnit(sensitivity),
    sensitivity,
  });

  it('draw their own batches and add their own noise', async () => {
    const plan = new TrainingPlan({ ...options, analyses, unitCount: 5000 });
    const [sampled, step] = [plan.sampleAnalysis(), plan.sample(0)];
    const ideal = poissonSampled(0.2, gaussian(3));
    expect(sampled.event).toEqual({ kind: 'composed', events: [ideal, closeness(20_000)] });
    const drawn = new Set(sampled.batches[0]);
    const shared = step.units.filter((unit) => drawn.has(unit)).length;
    // Independent: each unit is in both with probability 0.02.
    expect(Math.abs(shared - 100)).toBeLessThan(5 * Math.sqrt(5000 * 0.02));
    const noisy = await plan.releaseAnalysis(sampled, found(new Float64Array(20_000)));
    expect(Math.abs(deviation(noisy) / 1.5 - 1)).toBeLessThan(5 / Math.sqrt(4e4));
    const { mean } = await plan.release(step, zeros({ w: 20_000 }));
    expect(Math.abs(correlation(noisy, mean.get('w')!))).toBeLessThan(5 / Math.sqrt(2e4));
  });

  it("are part of the plan's cost, and limited in number", () => {
    const plan = new TrainingPlan({ ...options, analyses }, { chargedAnalyses: 1 });
    const { event } = plan.sampleAnalysis();
    expect(() => plan.sampleAnalysis()).toThrow(/analysis: all 2 planned ones are charged/);
    expect(new RdpAccountant().compose(plan.totalEvent).epsilon(1e-5)).toBe(
      new RdpAccountant()
        .compose(plan.eventOf({ steps: 50, analyses: 0 }))
        .compose(event, 2)
        .epsilon(1e-5),
    );
    expect(() => new TrainingPlan(options).sampleAnalysis()).toThrow(/all 0 planned/);
  });

  it('of several batches include a unit with the probability that it is in any of them', () => {
    const plan = new TrainingPlan({ ...options, analyses: { ...analyses, batches: 3 } });
    const { batches, event } = plan.sampleAnalysis();
    expect(batches).toHaveLength(3);
    expect(event).toMatchObject({ events: [{ sampleRate: expect.closeTo(1 - 0.8 ** 3, 12) }, {}] });
  });

  it('are released once, by their own plan, with the planned sensitivity', async () => {
    const plan = new TrainingPlan({ ...options, analyses });
    const sampled = plan.sampleAnalysis();
    const release = (sensitivity: number) =>
      plan.releaseAnalysis(sampled, found(Float64Array.of(1), sensitivity));
    await expect(release(1)).rejects.toThrow(/noise is for 0.5/);
    const copy = plan.releaseAnalysis({ ...sampled }, found(Float64Array.of(1)));
    await expect(copy).rejects.toThrow(/analysis: not an open one.*not a copy/);
    const step = plan.releaseAnalysis(plan.sample(0), found(Float64Array.of(1)));
    await expect(step).rejects.toThrow(/analysis: not an open one/);
    await release(0.5);
    await expect(release(0.5)).rejects.toThrow(/released once/);
    const build = (changes: object) => () =>
      new TrainingPlan({ ...options, analyses: { ...analyses, ...changes } });
    for (const name of [
      'sampleRate',
      'batches',
      'sensitivity',
      'valueCount',
      'interval',
      'count',
      'noiseMultiplier',
    ]) {
      expect(build({ [name]: -1 })).toThrow(name);
    }
    expect(build({ noiseMultiplier: 0 })).toThrow(/^analyses\.noiseMultiplier: .*'none'/);
    expect(build({ count: 3 })).toThrow(
      'analyses.count: expected 2, one every 3 of 5 epochs, got 3',
    );
  });
});

describe('the rows of the drawn units', () => {
  const rowsOf = (unit: number) => [[], [10], [20, 21, 22, 23]][unit]!;

  it('are equally many for each unit, without replacement as far as possible', () => {
    const plan = new TrainingPlan(options);
    const units = Uint32Array.of(0, 1, 2);
    const pairs = new Map<string, number>();
    const draws = 6000;
    for (let i = 0; i < draws; i++) {
      const [first, second, ...own] = plan.drawRows({ units }, rowsOf, 2);
      expect([first, second]).toEqual([10, 10]);
      const pair = own.sort().join();
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    expect([...pairs.keys()].sort()).toEqual([
      '20,21',
      '20,22',
      '20,23',
      '21,22',
      '21,23',
      '22,23',
    ]);
    for (const count of pairs.values()) {
      expect(Math.abs(count - draws / 6)).toBeLessThan(5 * Math.sqrt(draws / 6));
    }
    const six = [...plan.drawRows({ units: Uint32Array.of(2) }, rowsOf, 6)];
    expect(new Set(six).size).toBe(4);
    expect(six).toHaveLength(6);
  });
});
