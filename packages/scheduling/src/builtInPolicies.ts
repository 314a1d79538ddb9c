import { fullPrecision } from './fullPrecision.ts';
import type { SchedulePolicy } from './policy.ts';
import { probabilistic } from './probabilistic.ts';
import { staticPolicy, type StaticPolicyOptions } from './staticPolicy.ts';

/** What any of the built-in policies may be given; each takes what concerns it. */
export type PolicyOptions = StaticPolicyOptions;

/** Name → factory of every policy that comes with the package. */
export const builtInPolicies: ReadonlyMap<string, (options?: PolicyOptions) => SchedulePolicy> =
  new Map([
    ['full', fullPrecision],
    ['static', staticPolicy],
    ['probabilistic', probabilistic],
  ]);

/** A new policy by name. Throws RangeError, listing the known names, for any other. */
export function createPolicy(name: string, options: PolicyOptions = {}): SchedulePolicy {
  const create = builtInPolicies.get(name);
  if (!create) {
    throw new RangeError(
      `policy: expected one of ${[...builtInPolicies.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
