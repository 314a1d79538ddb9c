import { describe, expect, it } from '@jest/globals';
import {
  builtInLearningRateSchedules,
  createLearningRateSchedule,
} from './builtInLearningRateSchedules.ts';
import { cosineDecay, linearDecay } from './learningRateSchedules.ts';

const options = { from: 4, steps: 6, warmupSteps: 2 };
const rates = (schedule: (step: number) => number) =>
  Array.from({ length: 8 }, (_, step) => schedule(step));

describe('createLearningRateSchedule', () => {
  it('knows the schedules by name, each with its warm-up', () => {
    expect([...builtInLearningRateSchedules.keys()]).toEqual(['constant', 'cosine', 'linear']);
    const made = (name: string) => rates(createLearningRateSchedule(name, options));
    expect(made('constant')).toEqual([2, 4, 4, 4, 4, 4, 4, 4]);
    expect(made('cosine')).toEqual(rates(cosineDecay(options)));
    expect(made('linear')).toEqual(rates(linearDecay(options)));
    const whole = createLearningRateSchedule('constant', { from: 3, steps: 6 });
    expect(rates(whole)).toEqual(new Array(8).fill(3));
  });

  it('refuses invalid options', () => {
    for (const name of builtInLearningRateSchedules.keys()) {
      expect(() => createLearningRateSchedule(name, { ...options, from: 0 })).toThrow(/got 0/);
      expect(() => createLearningRateSchedule(name, { ...options, warmupSteps: -1 })).toThrow(
        /^warmupSteps: /,
      );
    }
  });

  it.each(['luck', '', 'constructor'])('lists the known names for %p', (name) => {
    expect(() => createLearningRateSchedule(name, options)).toThrow(
      `learning-rate schedule: expected one of constant, cosine, linear, got '${name}'`,
    );
  });
});
