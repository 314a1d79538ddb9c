import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '@dpquant/backends';
import {
  TrainingPlan,
  type ClippedSums,
  type Release,
  type SampledStep,
} from '@dpquant/mechanisms';
import { auditRun, planAudit, type AuditedParts, type AuditOptions } from './auditRun.ts';
import { canaryGradientNorm } from './canaries.ts';
import { registerSkippedClipping } from '../testing/skippedClipping.ts';

jest.setTimeout(60_000);

beforeAll(async () => {
  await startBackend('wasm');
});

/**
 * One step with all canaries at σ = 1.994: a canary that is in has its score moved by 1/σ = 0.50
 * standard deviations. With Q the upper tail of the normal distribution, the 600 highest of 40,000
 * scores are those above t with ½(Q(t) + Q(t − shift)) = 0.015, and the share Q(t − shift)/(Q(t) +
 * Q(t − shift)) of them is in. The bound passes ε = 2 from 546 right guesses on.
 */
const oneStep: AuditOptions = {
  epsilon: 2,
  delta: 1e-5,
  sampleRate: 1,
  steps: 1,
  canaries: 40_000,
  guesses: [600],
  significance: 0.05,
  format: 'float32',
  insecureSeed: 1,
};

const audit = (options: Partial<AuditOptions> = {}, parts: AuditedParts = {}) =>
  auditRun(planAudit({ ...oneStep, ...options }), parts);

/** Releases with half of the noise that it books: of twice the sums, and halved. */
class HalvedNoise extends TrainingPlan {
  override async release(sampled: SampledStep, contribution: ClippedSums): Promise<Release> {
    const doubled = [...contribution.sums].map(
      ([name, sum]) => [name, Float64Array.from(sum, (value) => 2 * value)] as const,
    );
    const release = await super.release(sampled, { ...contribution, sums: new Map(doubled) });
    const halved = [...release.mean].map(
      ([name, mean]) => [name, mean.map((value) => value / 2)] as const,
    );
    return { ...release, mean: new Map(halved) };
  }
}

/** Books Poisson samples, and takes everyone. */
class EveryoneSampled extends TrainingPlan {
  override drawRows(...[, ...more]: Parameters<TrainingPlan['drawRows']>): Uint32Array {
    const units = Uint32Array.from({ length: this.unitCount }, (_, unit) => unit);
    return super.drawRows({ units }, ...more);
  }
}

describe('an honest run', () => {
  // t = 2.49, the share 0.785: 471 right guesses, with a standard deviation of 10.
  it.each(['float32', 'luq-fp4'])('in %s is within its claim', async (format) => {
    const before = tf.memory().numTensors;
    const report = await audit({ format });
    expect(tf.memory().numTensors).toBe(before);
    expect(Math.abs(report.correct - 471)).toBeLessThan(4 * 10);
    expect(report.consistent).toBe(true);
    expect(report.epsilonClaimed).toBeCloseTo(2, 5);
    expect(report.epsilonLowerBound / report.epsilonClaimed).toBeGreaterThan(0.4);
    expect(report).toMatchObject({ guesses: 600, canaries: 40_000, guarantee: 'none', format });
  });

  it('with subsampling is within its claim', async () => {
    const report = await audit({ sampleRate: 0.5, steps: 3 });
    expect(report.consistent).toBe(true);
    expect(report.epsilonLowerBound).toBeGreaterThan(0.7);
  });

  it('is the same again under the seed, and another one without', async () => {
    const small = { canaries: 1000, guesses: [100] };
    const [first, second] = [await audit(small), await audit(small)];
    expect(second).toEqual(first);
    const { insecureSeed, ...secure } = { ...oneStep, ...small };
    expect(insecureSeed).toBe(1);
    expect(await auditRun(planAudit(secure))).toMatchObject({ guarantee: 'differential privacy' });
  });

  it('reports its steps', async () => {
    const steps: number[] = [];
    const planned = planAudit({ ...oneStep, steps: 3, canaries: 100, guesses: [10] });
    await auditRun(planned, {}, (step) => steps.push(step));
    expect(steps).toEqual([1, 2, 3]);
  });
});

describe('a broken run', () => {
  it('with half of the noise is refuted', async () => {
    // A shift of 1.003: t = 2.91, the share 0.940: 564 right guesses, with a standard deviation of
    // 6.
    const report = await audit({}, { plan: (options) => new HalvedNoise(options) });
    expect(Math.abs(report.correct - 564)).toBeLessThan(4 * 6);
    expect(report.epsilonClaimed).toBeCloseTo(2, 5);
    expect(report.consistent).toBe(false);
  });

  it('with half of the noise is refuted under subsampling', async () => {
    const report = await audit(
      { sampleRate: 0.5, steps: 3 },
      { plan: (options) => new HalvedNoise(options) },
    );
    expect(report.consistent).toBe(false);
  });

  it('without clipping is refuted', async () => {
    // A shift of 5: above t = 6.9, one in 10¹¹ is out.
    expect(canaryGradientNorm).toBe(10);
    const report = await audit({}, { clipping: registerSkippedClipping() });
    expect(report).toMatchObject({ correct: 600, consistent: false });
    expect(report.epsilonClaimed).toBeCloseTo(2, 5);
  });

  it('that samples more than it books is refuted', async () => {
    // 20 steps at rate 0.1 book ε = 2 with σ = 1.36; taking everyone shifts by √20/σ = 3.3.
    const options = { sampleRate: 0.1, steps: 20, canaries: 10_000, guesses: [150] };
    const report = await audit(options, { plan: (planned) => new EveryoneSampled(planned) });
    expect(report.consistent).toBe(false);
    expect(report.epsilonClaimed).toBeCloseTo(2, 5);
  });
});

describe('planAudit', () => {
  it('says what all guesses right would show', () => {
    expect(planAudit({ ...oneStep, guesses: [10] }).greatestLowerBound).toBeLessThan(1);
    expect(planAudit({ ...oneStep, guesses: [600] }).greatestLowerBound).toBeGreaterThan(3.9);
  });

  it('refuses more guesses than canaries', () => {
    expect(() => planAudit({ ...oneStep, guesses: [40_001] })).toThrow(/guesses: .*got 40001/);
  });
});
