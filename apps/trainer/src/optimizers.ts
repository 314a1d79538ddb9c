import {
  createLearningRateSchedule,
  createOptimizer,
  defaultLearningRate,
  type Optimizer,
} from '@dpquant/training';
import type { TrainOptions } from './computingOptions.ts';

/** The optimizer that the flags ask for, in a run of so many steps. */
export function optimizerOf(options: TrainOptions, steps: number): Optimizer {
  // Nothing else: an Adam's epsilon is not that of privacy.
  const { momentum, weightDecay, warmupSteps } = options;
  const from = options.learningRate ?? defaultLearningRate(options.optimizer, options.privacy);
  const learningRate = createLearningRateSchedule(options.learningRateSchedule, {
    ...{ from, steps, warmupSteps },
  });
  return createOptimizer(options.optimizer, { learningRate, momentum, weightDecay });
}
