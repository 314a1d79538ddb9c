export {
  builtInClippingRules,
  createClippingRule,
  registerClippingRule,
  type ClippingRuleFactory,
} from './builtInClippingRules.ts';
export {
  automaticClipping,
  flatClipping,
  noClipping,
  perLayerClipping,
  type ClippingRule,
} from './clipping.ts';
export { addGaussianNoise } from './gaussianMechanism.ts';
export { noiseOperations, type GaussianNoiseAttributes } from './noiseOperations.ts';
export { drawRows } from './drawRows.ts';
export { poissonSample } from './poissonSampling.ts';
export type { Draw } from './plannedDraws.ts';
export type { QuantileClippingOptions } from './quantileClipping.ts';
export { stagedSchedule, type StagedScheduleOptions, type StepSchedule } from './stepSchedule.ts';
export { TrainingPlan, type ClippedSums, type Release, type SampledStep } from './trainingPlan.ts';
export type {
  Guarantee,
  PlannedAnalyses,
  PlanState,
  TrainingPlanOptions,
} from './trainingPlanOptions.ts';
