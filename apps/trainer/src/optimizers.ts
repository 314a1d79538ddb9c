import {
  cosineDecay,
  createOptimizer,
  linearDecay,
  linearWarmup,
  type LearningRateSchedule,
  type Optimizer,
} from '@dpquant/training';
import type { TrainOptions } from './computingOptions.ts';

/** Schedules that `--learning-rate-schedule` knows. */
export const learningRateScheduleNames: readonly string[] = ['constant', 'cosine', 'linear'];

/** The optimizer that the flags ask for, in a run of so many steps. */
export function optimizerOf(options: TrainOptions, steps: number): Optimizer {
  // Nothing else: an Adam's epsilon is not that of privacy.
  const { momentum, weightDecay } = options;
  const learningRate = learningRateOf(options, steps);
  return createOptimizer(options.optimizer, { learningRate, momentum, weightDecay });
}

/** The learning rate of each of `steps` steps. */
function learningRateOf(options: TrainOptions, steps: number): LearningRateSchedule {
  const { learningRateSchedule, warmupSteps } = options;
  const from = options.learningRate ?? defaultLearningRate(options);
  if (learningRateSchedule === 'cosine') return cosineDecay({ from, steps, warmupSteps });
  if (learningRateSchedule === 'linear') return linearDecay({ from, steps, warmupSteps });
  return linearWarmup(from, warmupSteps);
}

/** Sums of clipped gradients are small; without clipping the same rate would diverge. */
function defaultLearningRate({ optimizer, privacy }: TrainOptions): number {
  if (optimizer !== 'sgd') return 0.01;
  return privacy ? 3 : 0.1;
}
