import { describe, expect, it } from '@jest/globals';
import {
  checkedSchedule,
  cosineDecay,
  linearDecay,
  linearWarmup,
  stepDecay,
  type LearningRateSchedule,
} from './learningRateSchedules.ts';

const first = (schedule: LearningRateSchedule, steps: number) =>
  Array.from({ length: steps }, (_, step) => schedule(step));

function expectClose(actual: number[], expected: number[]): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
}

describe('cosineDecay', () => {
  it('decays by half a cosine wave and stays constant', () => {
    // cos 60° = 1/2
    const schedule = cosineDecay({ from: 5, to: 1, steps: 3 });
    expectClose(first(schedule, 6), [5, 4, 2, 1, 1, 1]);
  });

  it('ends in exactly 0 after a warm-up within its steps', () => {
    const schedule = cosineDecay({ from: 4, steps: 5, warmupSteps: 2 });
    expectClose(first(schedule, 7), [2, 4, 4, 3, 1, 0, 0]);
    expect(schedule(5)).toBe(0);
  });
});

describe('linearDecay', () => {
  it('decays by equal differences and stays constant', () => {
    expectClose(first(linearDecay({ from: 4, to: 1, steps: 3 }), 6), [4, 3, 2, 1, 1, 1]);
    expectClose(first(linearDecay({ from: 4, steps: 4 }), 6), [4, 3, 2, 1, 0, 0]);
  });
});

describe('stepDecay', () => {
  it('decays by equal factors', () => {
    const schedule = stepDecay({ from: 8, factor: 0.5, every: 2 });
    expect(first(schedule, 6)).toEqual([8, 8, 4, 4, 2, 2]);
  });

  it('refuses invalid options', () => {
    const good = { from: 1, factor: 0.5, every: 2 };
    expect(() => stepDecay({ ...good, from: 0 })).toThrow(/^from: /);
    for (const factor of [0, 1.1, NaN]) {
      expect(() => stepDecay({ ...good, factor })).toThrow(/^factor: /);
    }
    for (const every of [0, 1.5, NaN]) {
      expect(() => stepDecay({ ...good, every })).toThrow(/^every: /);
    }
  });
});

describe('linearWarmup', () => {
  it('rises to a constant, or to the start of a schedule', () => {
    expectClose(first(linearWarmup(8, 4), 6), [2, 4, 6, 8, 8, 8]);
    const decay = stepDecay({ from: 8, factor: 0.5, every: 1 });
    expectClose(first(linearWarmup(decay, 2), 5), [4, 8, 8, 4, 2]);
    expectClose(first(linearWarmup(3, 0), 2), [3, 3]);
  });

  it('refuses invalid options', () => {
    expect(() => linearWarmup(0, 2)).toThrow(/^learning rate: /);
    for (const steps of [-1, 1.5, NaN]) {
      expect(() => linearWarmup(1, steps)).toThrow(/^warmupSteps: /);
    }
  });
});

describe.each([
  ['cosineDecay', cosineDecay],
  ['linearDecay', linearDecay],
])('%s', (_, decay) => {
  it('is positive before its end', () => {
    const values = first(decay({ from: 1e-3, steps: 500, warmupSteps: 50 }), 500);
    expect(Math.min(...values)).toBeGreaterThan(0);
    expect(Math.max(...values)).toBe(1e-3);
  });

  it('refuses invalid options', () => {
    const good = { from: 1, steps: 10 };
    for (const from of [0, -1, NaN, Infinity]) {
      expect(() => decay({ ...good, from })).toThrow(/^from: /);
    }
    for (const to of [-1, 2, NaN]) expect(() => decay({ ...good, to })).toThrow(/^to: /);
    for (const steps of [0, 1.5, NaN]) expect(() => decay({ ...good, steps })).toThrow(/^steps: /);
    for (const warmupSteps of [-1, 0.5, 10, NaN]) {
      expect(() => decay({ ...good, warmupSteps })).toThrow(/^warmupSteps: /);
    }
  });
});

describe('checkedSchedule', () => {
  it('names the step of an invalid value, and lets a decay end in 0', () => {
    for (const value of [-1, NaN, Infinity]) {
      const schedule = checkedSchedule((step) => (step === 3 ? value : 1));
      expect(schedule(2)).toBe(1);
      expect(() => schedule(3)).toThrow(
        `learning rate: expected a positive number, got ${value} at step 3`,
      );
    }
    expect(checkedSchedule(linearDecay({ from: 1, steps: 2 }))(2)).toBe(0);
  });
});
