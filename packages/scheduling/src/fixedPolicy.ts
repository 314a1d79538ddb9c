import { describeValue } from './describeValue.ts';
import type { LayerAssignment, SchedulePolicy } from './policy.ts';

export interface FixedPolicyOptions {
  /** Assignment of epoch 0, 1, …; `parseSchedule` reads them from a file. */
  readonly assignments: readonly LayerAssignment[];
}

/**
 * A schedule that was written down beforehand; epochs after its last one keep the last assignment.
 * The budget and `context.format` are ignored. A layer that an assignment names runs in the format
 * it names, float32 included; one that it leaves out runs in `context.otherFormat`.
 *
 * Throws RangeError for an empty list, TypeError for an assignment that is not a Map.
 */
export function fixedPolicy({ assignments }: FixedPolicyOptions): SchedulePolicy {
  if (assignments.length === 0) {
    throw new RangeError('fixed policy: expected the assignment of at least one epoch, got none');
  }
  const schedule = assignments.map((assignment: unknown, epoch) => {
    if (assignment instanceof Map) return new Map(assignment as LayerAssignment);
    throw new TypeError(
      `fixed policy, epoch ${epoch}: expected a Map from layer names to format names, ` +
        `got ${describeValue(assignment)}`,
    );
  });
  return {
    name: 'fixed',
    select({ epoch, layers, otherFormat = 'float32' }) {
      const assignment = schedule[Math.min(epoch, schedule.length - 1)]!;
      if (otherFormat === 'float32') return new Map(assignment);
      return new Map([...layers.map(({ name }) => [name, otherFormat] as const), ...assignment]);
    },
  };
}
