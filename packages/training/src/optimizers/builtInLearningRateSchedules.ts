import {
  cosineDecay,
  linearDecay,
  linearWarmup,
  type DecayOptions,
  type LearningRateSchedule,
} from './learningRateSchedules.ts';

/**
 * Name → factory of the learning-rate schedules that take the same options; all support a warm-up.
 */
export const builtInLearningRateSchedules: ReadonlyMap<
  string,
  (options: DecayOptions) => LearningRateSchedule
> = new Map<string, (options: DecayOptions) => LearningRateSchedule>([
  ['constant', ({ from, warmupSteps = 0 }) => linearWarmup(from, warmupSteps)],
  ['cosine', cosineDecay],
  ['linear', linearDecay],
]);

/**
 * A learning-rate schedule by name.
 *
 * @param options `constant` uses `from` and `warmupSteps` only
 * @throws RangeError that lists the known names, for any other
 */
export function createLearningRateSchedule(
  name: string,
  options: DecayOptions,
): LearningRateSchedule {
  const create = builtInLearningRateSchedules.get(name);
  if (!create) {
    throw new RangeError(
      `learning-rate schedule: expected one of ${[...builtInLearningRateSchedules.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
