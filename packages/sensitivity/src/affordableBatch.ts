/** Size of a run of private training and its analyses. */
export interface AnalysedTraining {
  readonly steps: number;
  /** Expected number of privacy units in a step. */
  readonly batchSize: number;
  /** Number of planned analyses. */
  readonly analyses: number;
  /**
   * Number of layers whose impact an analysis measures, each by one forward pass, in addition to
   * one for the baseline.
   */
  readonly layers: number;
}

/** Time of a private step in forward passes, as measured (docs/benchmarks.md); a lower bound. */
const forwardPassesOfStep = 3.5;

/** Fewer units are useless: an analysis has the noise of a training step of the same batch size. */
const fewestUnits = 32;

/**
 * Greatest time of all analyses relative to the steps, unless there are too few steps to pay for
 * it.
 */
export const affordableShareOfTime = 0.05;

/**
 * Expected number of privacy units of a per-example analysis such that all analyses together take
 * at most a share of the time of the steps: at most as many units as a step, at least 32. Depends
 * on public quantities only.
 *
 * @param shareOfTime default `affordableShareOfTime`
 */
export function affordableBatchSize(
  training: AnalysedTraining,
  shareOfTime = affordableShareOfTime,
): number {
  const affordable = Math.floor(shareOfTime / shareOfOneUnit(training));
  return Math.min(training.batchSize, Math.max(fewestUnits, affordable));
}

/**
 * Greatest time of all analyses with this expected number of units, relative to the steps. Actual
 * time can be shorter: a pass computes only what differs from the first.
 */
export function analysisShareOfTime(training: AnalysedTraining, units: number): number {
  return units * shareOfOneUnit(training);
}

function shareOfOneUnit({ steps, batchSize, analyses, layers }: AnalysedTraining): number {
  return (analyses * (layers + 1)) / (steps * batchSize * forwardPassesOfStep);
}
