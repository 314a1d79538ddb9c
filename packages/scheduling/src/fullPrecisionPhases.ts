import { assignFormats } from './assignFormats.ts';
import type { DecisionPlace } from './decisions.ts';
import { certainProbabilities } from './inclusionProbabilities.ts';
import type { ScheduleContext, SchedulePolicy } from './policy.ts';

/** Fractions of a run's steps, from 0 to 1, in which no layer is in the low-precision format. */
export interface FullPrecisionShares {
  /** Fraction at the start. */
  readonly start?: number | undefined;
  /** Fraction at the end. */
  readonly end?: number | undefined;
}

/**
 * Wraps a policy: in the last `share` of the steps every layer runs in `context.otherFormat`
 * (default float32), so that the weights settle without rounding. The budget of the other decisions
 * is unchanged, so the whole run has less in low precision than the budget says;
 * `quantizedFraction` reports what ran.
 *
 * A decision is not divided: if any of its steps is in the share, all of it is in full precision. A
 * shorter `interval` of the run comes closer to the share.
 *
 * @throws RangeError for a share out of range; `select` for a context without `step`, `steps` and
 *   `interval`
 */
export function fullPrecisionEnd(policy: SchedulePolicy, share: number): SchedulePolicy {
  return withFullPrecision(policy, { end: share });
}

/**
 * The same for the first `share` of the steps, as a warm-up. The wrapped policy sees only its own
 * decisions in `earlier`, as if the run began after the warm-up.
 */
export function fullPrecisionStart(policy: SchedulePolicy, share: number): SchedulePolicy {
  return withFullPrecision(policy, { start: share });
}

/** Whether a decision includes steps of these phases, whose lengths are rounded to whole steps. */
export function isInFullPrecision(
  { step, steps, interval }: Pick<DecisionPlace, 'step' | 'steps' | 'interval'>,
  { start = 0, end = 0 }: FullPrecisionShares,
): boolean {
  const [first, last] = [start, end].map((share) => Math.round(share * steps)) as [number, number];
  return step < first || Math.min(steps, step + interval) > steps - last;
}

function withFullPrecision(policy: SchedulePolicy, shares: FullPrecisionShares): SchedulePolicy {
  for (const [name, share] of Object.entries(shares) as [string, number][]) {
    if (share >= 0 && share <= 1) continue;
    throw new RangeError(
      `full-precision ${name}: expected a share of the steps from 0 to 1, got ${String(share)}`,
    );
  }
  const { name, usesLossImpacts } = policy;
  return {
    name,
    ...(usesLossImpacts !== undefined && { usesLossImpacts }),
    select(context) {
      return isInFullPrecision(placeOf(name, context), shares)
        ? assignFormats([], context)
        : policy.select(afterWarmUp(name, context, shares));
    },
    probabilities(context) {
      return isInFullPrecision(placeOf(name, context), shares)
        ? certainProbabilities([], context)
        : (policy.probabilities?.(afterWarmUp(name, context, shares)) ?? null);
    },
  };
}

/**
 * Hides the warm-up: a policy that continues from its first decision must not find one it did not
 * make.
 */
function afterWarmUp(
  policy: string,
  context: ScheduleContext,
  { start = 0 }: FullPrecisionShares,
): ScheduleContext {
  const { steps, interval } = placeOf(policy, context);
  const decided = Math.ceil(Math.round(start * steps) / interval);
  return { ...context, earlier: context.earlier?.slice(decided) };
}

function placeOf(
  policy: string,
  { step, steps, interval }: ScheduleContext,
): Pick<DecisionPlace, 'step' | 'steps' | 'interval'> {
  if (step !== undefined && steps !== undefined && interval !== undefined) {
    return { step, steps, interval };
  }
  throw new RangeError(
    `${policy}: a share of the steps in full precision needs step, steps and interval of the context; ` +
      'decisionAt gives them',
  );
}
