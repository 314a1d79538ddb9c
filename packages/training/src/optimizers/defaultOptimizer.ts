import { createOptimizer } from './builtInOptimizers.ts';
import { linearDecay, type LearningRateSchedule } from './learningRateSchedules.ts';
import type { Optimizer } from './optimizer.ts';

/**
 * Default learning rate of a built-in optimizer. It is high because sums of clipped gradients are
 * small; without clipping it would diverge, so the rate of sgd is lower there.
 */
export function defaultLearningRate(optimizer: string, isPrivate: boolean): number {
  if (optimizer !== 'sgd') return 0.01;
  return isPrivate ? 3 : 0.1;
}

/** How to make an optimizer by name. */
export interface NamedOptimizer {
  readonly name: string;
  readonly learningRate?: number | LearningRateSchedule | undefined;
  readonly isPrivate: boolean;
  /** Number of steps of the whole run. */
  readonly steps: number;
}

/**
 * A built-in optimizer. By default its learning rate decays linearly to 0, so that the noise of the
 * last steps hardly affects the weights.
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
