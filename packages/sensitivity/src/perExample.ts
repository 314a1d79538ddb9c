import { clipToGrid, gridUnit, requireClipNorm } from './clipToGrid.ts';
import type { LossImpactEstimator } from './estimator.ts';

export interface PerExampleOptions {
  /** C_m: greatest L2 norm of one unit's vector of loss differences. Default 1. */
  readonly clipNorm?: number;
}

/**
 * Forward passes only: for each privacy unit of one batch, the vector of its loss under each
 * candidate minus its loss under the baseline, clipped to `clipNorm` and rounded to whole grid
 * units; the vectors are summed.
 *
 * Sensitivity: `clipNorm`. Adding or removing one unit adds or removes exactly its own vector,
 * which is a function of that unit and of already private weights. A unit with losses that are not
 * finite contributes 0. Clipping per unit, unlike the paper's clipping of the aggregate, makes the
 * noise smaller relative to the signal by a factor of the batch size.
 */
export function perExample({ clipNorm = 1 }: PerExampleOptions = {}): LossImpactEstimator {
  requireClipNorm(clipNorm);
  return {
    name: 'per-example',
    batches: 1,
    sensitivity: clipNorm,
    gridUnit: gridUnit(clipNorm),
    async measure(candidates, probe, baseline = new Map()) {
      const assignments = [baseline, ...candidates.map((each) => each.assignment)];
      const [before, ...losses] = await probe.lossesOf(assignments, 0);
      const sum = new Float64Array(candidates.length);
      for (let unit = 0; unit < before!.length; unit++) {
        const differences = Float64Array.from(losses, (list) => list[unit]! - before![unit]!);
        clipToGrid(differences, clipNorm).forEach((value, i) => (sum[i]! += value));
      }
      return sum;
    },
    toImpacts: (released, expectedBatchSize) =>
      Float64Array.from(released, (value) => value / expectedBatchSize),
  };
}
