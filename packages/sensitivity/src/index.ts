export {
  affordableBatchSize,
  affordableShareOfTime,
  analysisShareOfTime,
  type AnalysedTraining,
} from './affordableBatch.ts';
export {
  AnalysisCalendar,
  type AnalysisCalendarOptions,
  type AnalysisCalendarState,
} from './analysisCalendar.ts';
export { builtInEstimators, createEstimator, type EstimatorOptions } from './builtInEstimators.ts';
export type {
  ImpactCandidate,
  LayerAssignment,
  LossImpactEstimator,
  LossProbe,
} from './estimator.ts';
export { perExample, type PerExampleOptions } from './perExample.ts';
export { rankCorrelation } from './rankCorrelation.ts';
export { rollout, type RolloutOptions } from './rollout.ts';
export { smoothImpacts } from './smoothImpacts.ts';
