import { describeValue } from './describeValue.ts';
import { layersInFormat } from './assignFormats.ts';
import { certainly } from './inclusionProbabilities.ts';
import type { LayerAssignment, ScheduleContext, SchedulePolicy } from './policy.ts';

/** A schedule that was written down; `parseSchedule` reads it from a file. */
export interface FixedPolicyOptions {
  /** Of each decision, in order. */
  readonly assignments: readonly LayerAssignment[];
  /**
   * What each of them holds for: an epoch, whatever its steps, or so many steps. If left out,
   * whatever a decision of the run holds for.
   */
  readonly interval?: number | 'epoch' | undefined;
}

/**
 * A schedule that was written down beforehand, decision for decision; after its last one it keeps
 * the last assignment. The budget and `context.format` are ignored. A layer that an assignment
 * names runs in the format it names, float32 included; one that it leaves out runs in
 * `context.otherFormat`.
 *
 * Throws RangeError for an empty list and an interval that is no whole number above 0, TypeError
 * for an assignment that is not a Map; `select` RangeError for a run whose decisions have another
 * interval.
 */
export function fixedPolicy({ assignments, interval }: FixedPolicyOptions): SchedulePolicy {
  if (assignments.length === 0) {
    throw new RangeError('fixed policy: expected the assignment of at least one epoch, got none');
  }
  const isCount = typeof interval === 'number' && Number.isSafeInteger(interval) && interval > 0;
  if (interval !== undefined && interval !== 'epoch' && !isCount) {
    throw new RangeError(
      `fixed policy, interval: expected a number of steps or 'epoch', got ${String(interval)}`,
    );
  }
  const schedule = assignments.map((assignment: unknown, index) => {
    if (assignment instanceof Map) return new Map(assignment as LayerAssignment);
    throw new TypeError(
      `fixed policy, ${interval === 'epoch' ? 'epoch' : 'decision'} ${index}: expected a Map from layer names to ` +
        `format names, got ${describeValue(assignment)}`,
    );
  });
  const select = (context: ScheduleContext): LayerAssignment => {
    requireInterval(interval, context);
    const { layers, otherFormat = 'float32' } = context;
    const assignment = schedule[Math.min(indexOf(context), schedule.length - 1)]!;
    if (otherFormat === 'float32') return new Map(assignment);
    return new Map([...layers.map(({ name }) => [name, otherFormat] as const), ...assignment]);
  };
  return {
    name: 'fixed',
    select,
    probabilities: (context) => certainly(layersInFormat(select(context), context.format), context),
  };
}

/** Number of a decision; there is one an epoch where a caller says nothing else. */
function indexOf(context: ScheduleContext): number {
  const { epoch, step, interval } = context;
  return isByEpoch(context) ? epoch : Math.floor(step! / interval!);
}

function isByEpoch({ step, interval, stepsPerEpoch }: ScheduleContext): boolean {
  return step === undefined || interval === undefined || interval === stepsPerEpoch;
}

/** What was decided for other steps would end up at the wrong ones. */
function requireInterval(written: FixedPolicyOptions['interval'], context: ScheduleContext): void {
  const { interval } = context;
  if (written === undefined || written === interval) return;
  if (written === 'epoch' && isByEpoch(context)) return;
  const remedy =
    written === 'epoch'
      ? 'leave the interval of the run out (--schedule-interval)'
      : `give the run the interval ${written} (--schedule-interval ${written})`;
  throw new RangeError(
    `the schedule decides ${every(written)}, the run ${every(isByEpoch(context) ? 'epoch' : interval!)}; ` +
      `${remedy}, or take another schedule`,
  );
}

function every(interval: number | 'epoch'): string {
  if (interval === 'epoch') return 'each epoch';
  return interval === 1 ? 'every step' : `every ${interval} steps`;
}
