export { quantizedLayerCount } from './budget.ts';
export { builtInPolicies, createPolicy, type PolicyOptions } from './builtInPolicies.ts';
export { checkAssignment, type CheckAssignmentOptions } from './checkAssignment.ts';
export { fullPrecision } from './fullPrecision.ts';
export type {
  ComputeBudget,
  LayerAssignment,
  ScheduleContext,
  ScheduledLayer,
  SchedulePolicy,
} from './policy.ts';
export { probabilistic } from './probabilistic.ts';
export { lowPrecisionShare, quantizedFraction, type ScheduleRecord } from './quantizedFraction.ts';
export { staticPolicy, type StaticPolicyOptions } from './staticPolicy.ts';
export {
  defaultFormatSpeedups,
  theoreticalSpeedup,
  type TheoreticalSpeedupOptions,
} from './theoreticalSpeedup.ts';
