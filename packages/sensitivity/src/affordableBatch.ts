/** What a run of private training and its analyses come to. */
export interface AnalysedTraining {
  readonly steps: number;
  /** Expected privacy units of a step. */
  readonly batchSize: number;
  /** Number of planned analyses. */
  readonly analyses: number;
  /**
   * Layers whose impact an analysis measures, each by a forward pass, besides one for the baseline.
   */
  readonly layers: number;
}

/**
 * A private step takes as long as so many forward passes, as measured (docs/benchmarks.md), or
 * longer.
 */
const forwardPassesOfStep = 3.5;

/** Of fewer units an analysis says nothing: its noise is that of a step of as many. */
const fewestUnits = 32;

/** Of the time of the steps: what analyses take at most, unless few steps cannot pay for them. */
export const affordableShareOfTime = 0.05;

/**
 * Expected privacy units of a per-example analysis, so that all of them take at most a share of the
 * time of the steps: as many as a step has, or fewer, but 32 at least. Of public quantities only.
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
 * What all analyses of so many expected units take at most, as a share of the time of the steps.
 * Fewer passes come to less: one computes only what differs from the first.
 */
export function analysisShareOfTime(training: AnalysedTraining, units: number): number {
  return units * shareOfOneUnit(training);
}

function shareOfOneUnit({ steps, batchSize, analyses, layers }: AnalysedTraining): number {
  return (analyses * (layers + 1)) / (steps * batchSize * forwardPassesOfStep);
}
