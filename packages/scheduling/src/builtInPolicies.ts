import { fixedPolicy, type FixedPolicyOptions } from './fixedPolicy.ts';
import { fullPrecision } from './fullPrecision.ts';
import { lossAware, type LossAwareOptions } from './lossAware.ts';
import type { SchedulePolicy } from './policy.ts';
import { probabilistic } from './probabilistic.ts';
import { staticPolicy, type StaticPolicyOptions } from './staticPolicy.ts';

/** Options of all built-in policies; each policy reads its own. */
export interface PolicyOptions extends StaticPolicyOptions, LossAwareOptions {
  /** The schedule of `fixed`, as `parseSchedule` reads it; required by `fixed`. */
  readonly schedule?: FixedPolicyOptions | undefined;
}

/** Factories of the built-in policies, by name. */
export const builtInPolicies: ReadonlyMap<string, (options?: PolicyOptions) => SchedulePolicy> =
  new Map<string, (options?: PolicyOptions) => SchedulePolicy>([
    ['full', fullPrecision],
    ['static', staticPolicy],
    ['probabilistic', probabilistic],
    ['loss-aware', lossAware],
    ['fixed', fixedFromOptions],
  ]);

/**
 * Creates a policy by name.
 *
 * @throws RangeError that lists the known names, for any other name; also for `fixed` without
 *   `schedule`
 */
export function createPolicy(name: string, options: PolicyOptions = {}): SchedulePolicy {
  const create = builtInPolicies.get(name);
  if (!create) {
    throw new RangeError(
      `policy: expected one of ${[...builtInPolicies.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}

function fixedFromOptions({ schedule }: PolicyOptions = {}): SchedulePolicy {
  if (!schedule) {
    throw new RangeError(
      "policy 'fixed': expected what was written down in the option schedule, got none; " +
        'parseSchedule reads it from the file that --schedule names',
    );
  }
  return fixedPolicy(schedule);
}
