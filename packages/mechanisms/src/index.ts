export {
  automaticClipping,
  flatClipping,
  perLayerClipping,
  type ClippingRule,
} from './clipping.ts';
export { addGaussianNoise } from './gaussianMechanism.ts';
export { poissonSample } from './poissonSampling.ts';
export {
  TrainingPlan,
  type ClippedSums,
  type PlanRandomState,
  type Release,
  type SampledStep,
  type TrainingPlanOptions,
} from './trainingPlan.ts';
