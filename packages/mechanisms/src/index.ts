export {
  builtInClippingRules,
  createClippingRule,
  registerClippingRule,
  type ClippingRuleFactory,
} from './clipping/builtInClippingRules.ts';
export {
  calibratedPlan,
  type AnalysisSettings,
  type CalibratedPlanOptions,
  type FixedNoise,
  type NoPrivacy,
  type PlanBudget,
  type PrivacyGoal,
} from './plan/calibratedPlan.ts';
export {
  automaticClipping,
  flatClipping,
  noClipping,
  perLayerClipping,
  type ClippingRule,
} from './clipping/clipping.ts';
export { addGridNoise } from './noise/gaussianMechanism.ts';
export { noiseOperations, type GridNoiseAttributes } from './noise/noiseOperations.ts';
export { requireCloseNoise } from './noise/noiseRange.ts';
export { drawRows } from './sampling/drawRows.ts';
export {
  gridFactors,
  gridLoss,
  gridUnit,
  gridUnitsInClipNorm,
  mostUnitsOfInt32Sum,
  unitOfSums,
} from './noise/grid.ts';
export { parsePlan } from './plan/parsePlan.ts';
export type { Guarantee, PlanData, PlannedAnalyses } from './plan/planData.ts';
export { analysisCount, epochCount, stepsPerPass } from './plan/planEpochs.ts';
export { poissonSample } from './sampling/poissonSampling.ts';
export type { Draw } from './plan/plannedDraws.ts';
export type { QuantileClippingOptions } from './clipping/quantileClipping.ts';
export type {
  AnalysisValues,
  ClippedSums,
  Release,
  SampledStep,
  SumValues,
} from './sampling/sampledStep.ts';
export { valueAtStep, type StepSchedule } from './plan/stepSchedule.ts';
export { TrainingPlan } from './plan/trainingPlan.ts';
export type { PlanState, TrainingPlanOptions } from './plan/trainingPlanOptions.ts';
