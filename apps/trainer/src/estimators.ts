import { perExample, rollout, type LossImpactEstimator } from '@dpquant/sensitivity';

const estimators: ReadonlyMap<string, (options: { clipNorm: number }) => LossImpactEstimator> =
  new Map<string, (options: { clipNorm: number }) => LossImpactEstimator>([
    ['per-example', perExample],
    ['rollout', rollout],
  ]);

/** Estimators that `--estimator` knows. */
export const estimatorNames: readonly string[] = [...estimators.keys()];

/** An estimator by one of `estimatorNames`. */
export function createEstimator(name: string, clipNorm: number): LossImpactEstimator {
  return estimators.get(name)!({ clipNorm });
}
