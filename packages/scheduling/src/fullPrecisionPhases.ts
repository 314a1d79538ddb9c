import { assignFormats } from './assignFormats.ts';
import type { DecisionPlace } from './decisions.ts';
import { certainly } from './inclusionProbabilities.ts';
import type { ScheduleContext, SchedulePolicy } from './policy.ts';

/** Shares of the steps of a run, from 0 to 1, in which no layer is in the low-precision format. */
export interface FullPrecisionShares {
  /** Of the first steps. */
  readonly start?: number | undefined;
  /** Of the last ones. */
  readonly end?: number | undefined;
}

/**
 * The policy, but in the last `share` of the steps every layer runs in `context.otherFormat`, by
 * default float32, for the weights to settle without rounding. The budget of the
 * other decisions stays as it is, so that the whole run has less in low precision than it says;
 * `quantizedFraction` counts what ran.
 *
 * A decision is not divided: one that any of these steps falls into is in full precision as a
 * whole. A shorter `interval` of the run comes closer to the share.
 *
 * Throws RangeError for a share out of range; `select` for a context without `step`, `steps` and
 * `interval`.
 */
export function fullPrecisionEnd(policy: SchedulePolicy, share: number): SchedulePolicy {
  return withFullPrecision(policy, { end: share });
}

/**
 * The same for the first `share` of the steps, as a warm-up. The policy is then asked as if the
 * run had begun behind them: its `earlier` decisions are those that it has made itself.
 */
export function fullPrecisionStart(policy: SchedulePolicy, share: number): SchedulePolicy {
  return withFullPrecision(policy, { start: share });
}

/** Whether a decision reaches into one of the shares, each rounded to whole steps. */
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
        : policy.select(behindStart(name, context, shares));
    },
    probabilities(context) {
      return isInFullPrecision(placeOf(name, context), shares)
        ? certainly([], context)
        : (policy.probabilities?.(behindStart(name, context, shares)) ?? null);
    },
  };
}

/** A policy that goes on from its first decision would else find one that it has not made. */
function behindStart(
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
