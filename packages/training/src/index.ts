export { accuracy } from './accuracy.ts';
export type { UnsafeStepStatistics } from './clippedSum.ts';
export { DivergenceError } from './divergence.ts';
export type { AnalysisOptions, KnownImpacts } from './impactAnalyses.ts';
export {
  adam,
  adamBC,
  adamW,
  type AdamBCOptions,
  type AdamOptions,
  type AdamWOptions,
} from './optimizers/adam.ts';
export {
  builtInLearningRateSchedules,
  createLearningRateSchedule,
} from './optimizers/builtInLearningRateSchedules.ts';
export {
  builtInOptimizers,
  createOptimizer,
  type OptimizerOptions,
} from './optimizers/builtInOptimizers.ts';
export {
  cosineDecay,
  linearDecay,
  linearWarmup,
  stepDecay,
  type DecayOptions,
  type LearningRateSchedule,
  type StepDecayOptions,
} from './optimizers/learningRateSchedules.ts';
export type { MomentOptions } from './optimizers/momentOptimizer.ts';
export type { Optimizer, OptimizerState, ReleasedStep } from './optimizers/optimizer.ts';
export { PolicyError } from './policyError.ts';
export { sgd, type SgdOptions } from './optimizers/sgd.ts';
export type { PlateauStopOptions } from './plateauStop.ts';
export { DPTrainer } from './trainer.ts';
export type {
  AnalysisEnd,
  DPTrainerOptions,
  EpochBegin,
  EpochEnd,
  SettledCharges,
  StepEnd,
  StopReason,
  TrainingCallbacks,
  TrainingPosition,
  TrainingResult,
} from './trainingRun.ts';
export {
  WeightAverage,
  type WeightAverageOptions,
  type WeightAverageState,
} from './weightAverage.ts';
