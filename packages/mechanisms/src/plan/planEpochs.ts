import type { PlanData } from './planData.ts';

/** How long a plan is. */
type PlannedLength = Pick<PlanData, 'steps' | 'stepsPerEpoch'>;

/** Steps of one pass over the data in expectation, at least one. */
export function stepsPerPass(sampleRate: number): number {
  return Math.max(1, Math.round(1 / sampleRate));
}

/** Epochs of a plan; the last one may be shorter. */
export function epochCount({ steps, stepsPerEpoch }: PlannedLength): number {
  return Math.ceil(steps / stepsPerEpoch);
}

/**
 * Analyses that a plan has to pay for.
 *
 * @param interval epochs from one to the next
 * @param start the epoch that the first is made before, from 0
 */
export function analysisCount(plan: PlannedLength, interval: number, start = 0): number {
  return Math.ceil(Math.max(0, epochCount(plan) - start) / interval);
}
