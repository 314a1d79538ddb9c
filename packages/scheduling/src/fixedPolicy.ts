import { describeValue } from './describeValue.ts';
import { layersInFormat } from './assignFormats.ts';
import { certainProbabilities } from './inclusionProbabilities.ts';
import type { LayerAssignment, ScheduleContext, SchedulePolicy } from './policy.ts';

/** A recorded schedule; `parseSchedule` reads it from a file. */
export interface FixedPolicyOptions {
  /** The assignment of each decision, in order. */
  readonly assignments: readonly LayerAssignment[];
  /**
   * How long each assignment holds: an epoch, or a number of steps. Default: as long as a decision
   * of the run.
   */
  readonly interval?: number | 'epoch' | undefined;
}

/**
 * Repeats a recorded schedule, decision by decision; after its last assignment, that one is kept.
 * The budget and `context.format` are ignored. A layer in an assignment runs in the format given
 * there, float32 included; others run in `context.otherFormat`.
 *
 * @throws RangeError for an empty list, or an interval that is not a whole number above 0; `select`
 *   for a run whose decisions have another interval
 * @throws TypeError for an assignment that is not a Map
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
    probabilities: (context) =>
      certainProbabilities(layersInFormat(select(context), context.format), context),
  };
}

/** Number of the decision; one per epoch if the context has no interval. */
function indexOf(context: ScheduleContext): number {
  const { epoch, step, interval } = context;
  return isByEpoch(context) ? epoch : Math.floor(step! / interval!);
}

function isByEpoch({ step, interval, stepsPerEpoch }: ScheduleContext): boolean {
  return step === undefined || interval === undefined || interval === stepsPerEpoch;
}

/** Refuses a run with another interval: assignments would apply to the wrong steps. */
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
