import { fixedPolicy, type FixedPolicyOptions } from './fixedPolicy.ts';
import { fullPrecision } from './fullPrecision.ts';
import { lossAware, type LossAwareOptions } from './lossAware.ts';
import type { SchedulePolicy } from './policy.ts';
import { probabilistic } from './probabilistic.ts';
import { staticPolicy, type StaticPolicyOptions } from './staticPolicy.ts';

/** What any of the built-in policies may be given; each takes what concerns it. */
export interface PolicyOptions extends StaticPolicyOptions, LossAwareOptions {
  /** What was written down, as `parseSchedule` reads it; `fixed` cannot do without. */
  readonly schedule?: FixedPolicyOptions | undefined;
}

/** Name → factory of every policy that comes with the package. */
export const builtInPolicies: ReadonlyMap<string, (options?: PolicyOptions) => SchedulePolicy> =
  new Map<string, (options?: PolicyOptions) => SchedulePolicy>([
    ['full', fullPrecision],
    ['static', staticPolicy],
    ['probabilistic', probabilistic],
    ['loss-aware', lossAware],
    ['fixed', fixedFromOptions],
  ]);

/**
 * A new policy by name. Throws RangeError, listing the known names, for any other, and for `fixed`
 * without `schedule`.
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
