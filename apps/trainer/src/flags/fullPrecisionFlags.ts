import type { PlanData } from '@dpquant/mechanisms';
import { decisionAt, decisionCount, isInFullPrecision } from '@dpquant/scheduling';
import type { TrainOptions } from './computingOptions.ts';
import { plural } from '../terminal/plural.ts';
import { UsageError } from './usageError.ts';

type PhaseOptions = Pick<
  TrainOptions,
  'fullPrecisionStart' | 'fullPrecisionEnd' | 'scheduleInterval'
>;
type PlannedLength = Pick<PlanData, 'steps' | 'stepsPerEpoch'>;

/**
 * Number of the first decision that the policy itself makes, outside of the shares of the steps
 * that run in full precision.
 *
 * @throws UsageError if a share is less than one step, or leaves the policy no decision
 */
export function firstOwnDecision(
  { fullPrecisionStart: start, fullPrecisionEnd: end, scheduleInterval }: PhaseOptions,
  { steps, stepsPerEpoch }: PlannedLength,
): number {
  for (const [flag, share] of [
    ['full-precision-start', start],
    ['full-precision-end', end],
  ] as const) {
    if (share === undefined || Math.round(share * steps) > 0) continue;
    throw new UsageError(
      `${flag}: ${share} of ${plural(steps, 'step')} is no step; raise it, or leave it out`,
    );
  }
  const length = { steps, stepsPerEpoch, interval: scheduleInterval };
  const count = decisionCount(length);
  for (let index = 0; index < count; index++) {
    if (!isInFullPrecision(decisionAt(length, index), { start, end })) return index;
  }
  if (start === undefined && end === undefined) return 0;
  const flag = end === undefined ? 'full-precision-start' : 'full-precision-end';
  const { interval } = decisionAt(length, 0);
  throw new UsageError(
    `${flag}: leaves nothing to the policy, which decides every ${plural(interval, 'step')} of ${steps}: a decision ` +
      'that reaches into such a share is in full precision as a whole; lower the shares, or give a shorter --schedule-interval',
  );
}
