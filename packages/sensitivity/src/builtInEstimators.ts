import type { LossImpactEstimator } from './estimator.ts';
import { perExample, type PerExampleOptions } from './perExample.ts';
import { rollout, type RolloutOptions } from './rollout.ts';

/** Options of all built-in estimators; each estimator reads its own. */
export interface EstimatorOptions extends PerExampleOptions, RolloutOptions {}

/** Factories of the built-in estimators, by name. */
export const builtInEstimators: ReadonlyMap<
  string,
  (options?: EstimatorOptions) => LossImpactEstimator
> = new Map<string, (options?: EstimatorOptions) => LossImpactEstimator>([
  ['per-example', perExample],
  ['rollout', rollout],
]);

/**
 * Creates an estimator by name.
 *
 * @throws RangeError that lists the known names, for any other name
 */
export function createEstimator(name: string, options: EstimatorOptions = {}): LossImpactEstimator {
  const create = builtInEstimators.get(name);
  if (!create) {
    throw new RangeError(
      `estimator: expected one of ${[...builtInEstimators.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
