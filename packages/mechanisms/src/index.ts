export {
  builtInClippingRules,
  createClippingRule,
  registerClippingRule,
  type ClippingRuleFactory,
} from './builtInClippingRules.ts';
export {
  calibratedPlan,
  type AnalysisSettings,
  type CalibratedPlanOptions,
  type FixedNoise,
  type NoPrivacy,
  type PlanBudget,
  type PrivacyGoal,
} from './calibratedPlan.ts';
export {
  automaticClipping,
  flatClipping,
  noClipping,
  perLayerClipping,
  type ClippingRule,
} from './clipping.ts';
export { addGridNoise } from './gaussianMechanism.ts';
export { noiseOperations, type GridNoiseAttributes } from './noiseOperations.ts';
export { requireCloseNoise } from './noiseRange.ts';
export { drawRows } from './drawRows.ts';
export {
  gridFactors,
  gridLoss,
  gridUnit,
  gridUnitsInClipNorm,
  mostUnitsOfInt32Sum,
  unitOfSums,
} from './grid.ts';
export { parsePlan } from './parsePlan.ts';
export type { Guarantee, PlanData, PlannedAnalyses } from './planData.ts';
export { analysisCount, epochCount, stepsPerPass } from './planEpochs.ts';
export { poissonSample } from './poissonSampling.ts';
export type { Draw } from './plannedDraws.ts';
export type { QuantileClippingOptions } from './quantileClipping.ts';
export type {
  AnalysisValues,
  ClippedSums,
  Release,
  SampledStep,
  SumValues,
} from './sampledStep.ts';
export { valueAtStep, type StepSchedule } from './stepSchedule.ts';
export { TrainingPlan } from './trainingPlan.ts';
export type { PlanState, TrainingPlanOptions } from './trainingPlanOptions.ts';
