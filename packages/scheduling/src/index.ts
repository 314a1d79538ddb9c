export { assignFormats, layersInFormat } from './assignFormats.ts';
export { builtInPolicies, createPolicy, type PolicyOptions } from './builtInPolicies.ts';
export { checkAssignment, type CheckAssignmentOptions } from './checkAssignment.ts';
export { checkBudget, speedupsNeeded } from './checkBudget.ts';
export { checkPolicy } from './checkPolicy.ts';
export { checkProbabilities } from './checkProbabilities.ts';
export type { BudgetKind, ComputeBudget } from './computeBudget.ts';
export {
  decisionAt,
  decisionCount,
  decisionName,
  heldSteps,
  type DecisionPlace,
  type ScheduleLength,
} from './decisions.ts';
export { fixedPolicy, type FixedPolicyOptions } from './fixedPolicy.ts';
export { fullPrecision } from './fullPrecision.ts';
export {
  fullPrecisionEnd,
  fullPrecisionStart,
  isInFullPrecision,
  type FullPrecisionShares,
} from './fullPrecisionPhases.ts';
export { layersToQuantize, type BudgetContext } from './layersToQuantize.ts';
export { impactWeighings, lossAware, type ImpactPer, type LossAwareOptions } from './lossAware.ts';
export { parseSchedule } from './parseSchedule.ts';
export type { LayerAssignment, ScheduleContext, ScheduledLayer, SchedulePolicy } from './policy.ts';
export { probabilistic } from './probabilistic.ts';
export { lowPrecisionShare, quantizedFraction, type ScheduleRecord } from './quantizedFraction.ts';
export { staticPolicy, type StaticPolicyOptions } from './staticPolicy.ts';
export {
  defaultFormatSpeedups,
  theoreticalSpeedup,
  type TheoreticalSpeedupOptions,
} from './theoreticalSpeedup.ts';
