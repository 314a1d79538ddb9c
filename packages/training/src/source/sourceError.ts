/**
 * Whoever computes for the trainer is gone, or has given something else than was asked for: thrown
 * by a `GradientSource`. Nothing of the step is in the weights: the position is that of the step
 * before, and a durable run saves it; the step stays charged.
 */
export class SourceError extends Error {
  override name = 'SourceError';
}
