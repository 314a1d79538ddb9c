import { createLearningRateSchedule, createOptimizer, type Optimizer } from '@dpquant/training';
import type { TrainOptions } from './computingOptions.ts';

/** The optimizer that the flags ask for, in a run of so many steps. */
export function optimizerOf(options: TrainOptions, steps: number): Optimizer {
  // Nothing else: an Adam's epsilon is not that of privacy.
  const { momentum, weightDecay, warmupSteps } = options;
  const from = options.learningRate ?? defaultLearningRate(options);
  const learningRate = createLearningRateSchedule(options.learningRateSchedule, {
    ...{ from, steps, warmupSteps },
  });
  return createOptimizer(options.optimizer, { learningRate, momentum, weightDecay });
}

/** Sums of clipped gradients are small; without clipping the same rate would diverge. */
function defaultLearningRate({ optimizer, privacy }: TrainOptions): number {
  if (optimizer !== 'sgd') return 0.01;
  return privacy ? 3 : 0.1;
}
