import {
  createLearningRateSchedule,
  createOptimizer,
  defaultLearningRate,
  type Optimizer,
} from '@dpquant/training';
import type { TrainOptions } from './computingOptions.ts';

/** The optimizer that the flags ask for, in a run of so many steps. */
export function optimizerOf(options: TrainOptions, steps: number): Optimizer {
  // No other options: the epsilon of Adam is not the ε of privacy.
  const { momentum, weightDecay, warmupSteps } = options;
  const from = options.learningRate ?? defaultLearningRate(options.optimizer, options.privacy);
  const schedule = options.learningRateSchedule ?? defaultScheduleOf(options);
  const learningRate = createLearningRateSchedule(schedule, {
    ...{ from, steps, warmupSteps },
  });
  return createOptimizer(options.optimizer, { learningRate, momentum, weightDecay });
}

/**
 * An error of a regression is as large as the noise of the last steps leaves it; a class stays
 * right.
 */
function defaultScheduleOf({ task = '' }: Pick<TrainOptions, 'task'>): string {
  return /(^|=)regression(,|$)/.test(task) ? 'linear' : 'constant';
}
