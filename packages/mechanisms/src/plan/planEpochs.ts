import type { PlanData } from './planData.ts';

/** Length of a plan. */
type PlannedLength = Pick<PlanData, 'steps' | 'stepsPerEpoch'>;

/** Expected number of steps of one pass over the data; at least one. */
export function stepsPerPass(sampleRate: number): number {
  return Math.max(1, Math.round(1 / sampleRate));
}

/** Number of epochs of a plan; the last one may be shorter. */
export function epochCount({ steps, stepsPerEpoch }: PlannedLength): number {
  return Math.ceil(steps / stepsPerEpoch);
}

/**
 * Number of analyses that a plan must account for.
 *
 * @param interval epochs from one to the next
 * @param start epoch before which the first is made, from 0
 */
export function analysisCount(plan: PlannedLength, interval: number, start = 0): number {
  return Math.ceil(Math.max(0, epochCount(plan) - start) / interval);
}
