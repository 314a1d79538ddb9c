import {
  cosineDecay,
  linearDecay,
  linearWarmup,
  type LearningRateSchedule,
} from '@dpquant/training';
import type { TrainOptions } from './computingOptions.ts';

/** Schedules that `--learning-rate-schedule` knows. */
export const learningRateScheduleNames: readonly string[] = ['constant', 'cosine', 'linear'];

/** The learning rate of each of `steps` steps. */
export function learningRateOf(options: TrainOptions, steps: number): LearningRateSchedule {
  const { learningRateSchedule, warmupSteps, optimizer } = options;
  const from = options.learningRate ?? (optimizer === 'sgd' ? 3 : 0.01);
  if (learningRateSchedule === 'cosine') return cosineDecay({ from, steps, warmupSteps });
  if (learningRateSchedule === 'linear') return linearDecay({ from, steps, warmupSteps });
  return linearWarmup(from, warmupSteps);
}
