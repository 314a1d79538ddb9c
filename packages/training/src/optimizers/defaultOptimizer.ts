import { createOptimizer } from './builtInOptimizers.ts';
import { linearDecay, type LearningRateSchedule } from './learningRateSchedules.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * Learning rate of a built-in optimizer where nobody gives one. Sums of clipped gradients are
 * small; without clipping the same rate would diverge.
 */
export function defaultLearningRate(optimizer: string, isPrivate: boolean): number {
  if (optimizer !== 'sgd') return 0.01;
  return isPrivate ? 3 : 0.1;
}

/** What an optimizer by name is made of. */
export interface NamedOptimizer {
  readonly name: string;
  readonly learningRate?: number | LearningRateSchedule | undefined;
  readonly isPrivate: boolean;
  /** Of the whole run. */
  readonly steps: number;
}

/**
 * A built-in optimizer; its default learning rate falls to 0 in a straight line, so that the noise
 * of the last steps hardly stays in the weights.
 */
export function optimizerNamed({
  name,
  learningRate,
  isPrivate,
  steps,
}: NamedOptimizer): Optimizer {
  const falling = () => linearDecay({ from: defaultLearningRate(name, isPrivate), steps });
  return createOptimizer(name, { learningRate: learningRate ?? falling() });
}
