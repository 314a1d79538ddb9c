import type { LossImpactEstimator } from './estimator.ts';
import { perExample, type PerExampleOptions } from './perExample.ts';
import { rollout, type RolloutOptions } from './rollout.ts';

/** What any of the built-in estimators may be given; each takes what concerns it. */
export interface EstimatorOptions extends PerExampleOptions, RolloutOptions {}

/** Name → factory of every estimator that comes with the package. */
export const builtInEstimators: ReadonlyMap<
  string,
  (options?: EstimatorOptions) => LossImpactEstimator
> = new Map<string, (options?: EstimatorOptions) => LossImpactEstimator>([
  ['per-example', perExample],
  ['rollout', rollout],
]);

/** A new estimator by name. Throws RangeError, listing the known names, for any other. */
export function createEstimator(name: string, options: EstimatorOptions = {}): LossImpactEstimator {
  const create = builtInEstimators.get(name);
  if (!create) {
    throw new RangeError(
      `estimator: expected one of ${[...builtInEstimators.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
