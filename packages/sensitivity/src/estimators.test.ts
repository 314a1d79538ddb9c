import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ImpactCandidate, LossImpactEstimator, LossProbe } from './estimator.ts';
import { perExample } from './perExample.ts';
import { rollout } from './rollout.ts';

const candidates: ImpactCandidate[] = ['conv', 'dense', 'both'].map((name) => ({
  name,
  assignment: new Map([[name, 'luq-fp4']]),
}));

/** A model: a unit's loss is its number, increased by its own vector under each candidate. */
function probeOf(units: readonly { loss: number; impacts: readonly number[] }[]): LossProbe {
  return {
    lossesOf: (assignments) =>
      Promise.resolve(
        assignments.map((assignment) => {
          const place = candidates.findIndex(({ name }) => assignment.has(name));
          return units.map(({ loss, impacts }) => loss + (place < 0 ? 0 : impacts[place]!));
        }),
      ),
    rollout: () => Promise.reject(new Error('forward passes only')),
  };
}

/** L2 norm of x − y, or of x. */
const distance = (x: Float64Array, y?: Float64Array) =>
  Math.hypot(...x.map((value, i) => value - (y?.[i] ?? 0)));

/** Grid units in a clip norm. */
const units = 2 ** 20;

/** The measurement as real values; it differs by a grid unit and the reserve for rounding. */
function expectNear(
  { gridUnit }: LossImpactEstimator,
  measured: Float64Array,
  expected: readonly number[],
) {
  expect(measured.every(Number.isInteger)).toBe(true);
  expect(measured).toHaveLength(expected.length);
  measured.forEach((value, i) => expect(value * gridUnit).toBeCloseTo(expected[i]!, 4));
}

describe('per-example impacts', () => {
  it('are the sums of the loss differences of all units if none is clipped', async () => {
    const probe = probeOf([
      { loss: 1, impacts: [0.25, 0, 0.5] },
      { loss: 7, impacts: [0.25, -0.5, 0] },
    ]);
    const estimator = perExample({ clipNorm: 2 });
    const sum = await estimator.measure(candidates, probe);
    expectNear(estimator, sum, [0.5, -0.5, 0.5]);
    expect([...estimator.toImpacts([0.5, -0.5, 0.5], 4)]).toEqual([0.125, -0.125, 0.125]);
  });

  it('are relative to the baseline', async () => {
    const probe = probeOf([{ loss: 1, impacts: [0.25, 0, 0.5] }]);
    const baseline = new Map([['conv', 'fp8-e4m3']]);
    const estimator = perExample({ clipNorm: 2 });
    expectNear(estimator, await estimator.measure(candidates, probe, baseline), [0, -0.25, 0.25]);
  });

  it('are clipped unit by unit, all candidates together', async () => {
    const probe = probeOf([
      { loss: 1, impacts: [30, 0, 40] },
      { loss: 1, impacts: [0.3, 0, 0.4] },
    ]);
    const estimator = perExample({ clipNorm: 1 });
    expectNear(estimator, await estimator.measure(candidates, probe), [0.6 + 0.3, 0, 0.8 + 0.4]);
  });

  it('change by exactly the vector of an added unit, within the sensitivity', async () => {
    const value = fc.oneof(
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.constantFrom(NaN, Infinity, -Infinity, 1e30, -1e30, 1e-30, 0),
    );
    const unit = fc.record({ loss: value, impacts: fc.tuple(value, value, value) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(unit, { maxLength: 6 }),
        unit,
        fc.constantFrom(0.01, 1, 20),
        async (others, added, clipNorm) => {
          const estimator = perExample({ clipNorm });
          const without = await estimator.measure(candidates, probeOf(others));
          const withUnit = await estimator.measure(candidates, probeOf([added, ...others]));
          const alone = await estimator.measure(candidates, probeOf([added]));
          expect(withUnit.map((value, i) => value - without[i]!)).toEqual(alone);
          expect(alone.every(Number.isInteger)).toBe(true);
          expect(distance(alone)).toBeLessThanOrEqual(units);
          expect(estimator.sensitivity).toBe(units * estimator.gridUnit);
        },
      ),
      { numRuns: 500, seed: 5 },
    );
  });

  it('are zero without units', async () => {
    expect([...(await perExample().measure(candidates, probeOf([])))]).toEqual([0, 0, 0]);
  });
});

describe('rollout impacts', () => {
  /** Records the requests; the loss of a run depends on its assignment and batches. */
  function recording(lossOf: (name: string, batches: readonly number[]) => number) {
    const runs: { name: string; batches: readonly number[]; evaluation: number }[] = [];
    const probe: LossProbe = {
      lossesOf: () => Promise.reject(new Error('runs only')),
      rollout(assignment, batches, evaluation) {
        const name = [...assignment.keys()][0] ?? 'float32';
        runs.push({ name, batches, evaluation });
        return Promise.resolve(lossOf(name, batches));
      },
    };
    return { probe, runs };
  }

  it('are the differences of the mean losses after all repeats', async () => {
    const gain: Record<string, number> = { float32: 0, conv: 0.25, dense: 0.5, both: -0.25 };
    const { probe, runs } = recording((name, batches) => 3 + batches[0]! + gain[name]!);
    const estimator = rollout({ clipNorm: 5, repeats: 2, steps: 3 });
    const values = await estimator.measure(candidates, probe);
    expectNear(estimator, values, [0.25, 0.5, -0.25]);
    expect([...estimator.toImpacts([0.25, 0.5, -0.25], 99)]).toEqual([0.25, 0.5, -0.25]);
    expect(runs).toHaveLength(8);
  });

  it('use the stated number of independent draws, shared by all assignments', async () => {
    const estimator = rollout({ repeats: 2, steps: 3 });
    const { probe, runs } = recording(() => 1);
    await estimator.measure(candidates, probe);
    const used = new Set(runs.flatMap(({ batches, evaluation }) => [...batches, evaluation]));
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(estimator.batches).toBe(7);
  });

  it('can differ by twice the clip norm, which is the stated sensitivity', async () => {
    const far = (sign: number) => recording((name) => (name === 'conv' ? sign * 1e6 : 0)).probe;
    const estimator = rollout({ clipNorm: 3 });
    const [high, low] = [
      await estimator.measure(candidates, far(1)),
      await estimator.measure(candidates, far(-1)),
    ];
    const apart = distance(high, low) * estimator.gridUnit;
    expect(apart).toBeCloseTo(6, 4);
    expect(apart).toBeLessThanOrEqual(estimator.sensitivity);
    const broken = await estimator.measure(candidates, recording(() => NaN).probe);
    expect([...broken]).toEqual([0, 0, 0]);
  });
});

it('estimators refuse invalid settings', () => {
  for (const clipNorm of [0, -1, NaN, Infinity, 1e-30, 1e30]) {
    expect(() => perExample({ clipNorm })).toThrow(/^clipNorm: expected/);
    expect(() => rollout({ clipNorm })).toThrow(/^clipNorm: expected/);
  }
  expect(() => rollout({ repeats: 0 })).toThrow(/^repeats: expected/);
  expect(() => rollout({ steps: 1.5 })).toThrow(/^steps: expected/);
});
