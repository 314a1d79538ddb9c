export { accuracy } from './accuracy.ts';
export type { UnsafeStepStatistics } from './clippedSum.ts';
export type { Optimizer, OptimizerState } from './optimizers/optimizer.ts';
export { sgd, type SgdOptions } from './optimizers/sgd.ts';
export {
  DPTrainer,
  type DPTrainerOptions,
  type EpochBegin,
  type EpochEnd,
  type StepEnd,
  type StopReason,
  type TrainingCallbacks,
  type TrainingPosition,
  type TrainingResult,
} from './trainer.ts';
