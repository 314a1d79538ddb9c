import { clipToGrid, gridUnit, requireClipNorm } from './clipToGrid.ts';
import type { LossImpactEstimator } from './estimator.ts';

export interface RolloutOptions {
  /** C_m: greatest L2 norm of the vector of loss differences. Default 1. */
  readonly clipNorm?: number;
  /** R: number of short runs per assignment, whose losses are averaged. Default 2. */
  readonly repeats?: number;
  /** Steps of each run. Default 2. */
  readonly steps?: number;
}

/**
 * The paper's estimator (arXiv 2509.03472): a few steps of private training under each candidate
 * and under the baseline; the vector of differences of the mean loss afterwards, clipped to
 * `clipNorm` and rounded to whole grid units.
 *
 * Sensitivity: 2·`clipNorm`. Clipping the aggregate bounds its norm, not its change: the vectors of
 * two adjacent data sets can be 2·C_m apart. A unit takes part if it is in any of the independent
 * draws behind the vector: `steps` batches per repeat, which all assignments share, and one batch
 * for evaluation. The paper accounts for one draw and sensitivity C_m, which is not enough.
 */
export function rollout(options: RolloutOptions = {}): LossImpactEstimator {
  const { clipNorm = 1, repeats = 2, steps = 2 } = options;
  requireClipNorm(clipNorm);
  for (const [name, value] of Object.entries({ repeats, steps })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`${name}: expected a whole number > 0, got ${value}`);
    }
  }
  const evaluation = repeats * steps;
  const sensitivity = 2 * clipNorm;
  return {
    name: 'rollout',
    batches: evaluation + 1,
    sensitivity,
    gridUnit: gridUnit(sensitivity),
    async measure(candidates, probe, baseline = new Map()) {
      const meanLoss = async (assignment: ReadonlyMap<string, string>) => {
        let sum = 0;
        for (let run = 0; run < repeats; run++) {
          const batches = Array.from({ length: steps }, (_, step) => run * steps + step);
          sum += await probe.rollout(assignment, batches, evaluation);
        }
        return sum / repeats;
      };
      const before = await meanLoss(baseline);
      const differences = new Float64Array(candidates.length);
      for (const [i, { assignment }] of candidates.entries()) {
        differences[i] = (await meanLoss(assignment)) - before;
      }
      return clipToGrid(differences, clipNorm, gridUnit(sensitivity));
    },
    toImpacts: (released) => Float64Array.from(released),
  };
}
