export { accuracy } from './accuracy.ts';
export {
  loadCheckpoint,
  readCheckpointSettings,
  saveCheckpoint,
  type CheckpointContent,
  type CheckpointStore,
  type CheckpointSubject,
  type RestoredCheckpoint,
  type StoredCheckpoint,
} from './durable/checkpoint.ts';
export { differingFact, type Facts } from './durable/checkpointFacts.ts';
export { importedEvent } from './durable/plannedCharges.ts';
export { eventCount } from './durable/resumedLedger.ts';
export { runDurably } from './durable/runDurably.ts';
export type { DurableRunParts } from './durable/runParts.ts';
export type {
  EpochReport,
  RunBegin,
  RunReporter,
  RunSpeed,
  StepReport,
} from './durable/runReporter.ts';
export type { EpochRecord, RunRecords, RunStage, RunStore } from './durable/runStore.ts';
export { RunStoreError } from './durable/runStoreError.ts';
export type { DurableOutcome, DurableStopReason, RunSummary } from './durable/runSummary.ts';
export { DivergenceError } from './divergence.ts';
export { estimateTraining, type TrainingEstimate } from './privateTraining/estimateTraining.ts';
export type { ExampleArrays } from './privateTraining/exampleData.ts';
export type {
  ExampleValues,
  NestedNumbers,
  ValuesByName,
} from './privateTraining/exampleValues.ts';
export type {
  AnalysisChoice,
  PrivateTrainingOptions,
} from './privateTraining/privateTrainingOptions.ts';
export {
  trainPrivately,
  type EpochHistory,
  type PrivateTrainingResult,
  type ScheduledFormats,
} from './privateTraining/trainPrivately.ts';
export { modelTensors, requireInputs, targetShapesIn, type ModelTensors } from './modelParts.ts';
export type { AnalysisEnd, AnalysisOptions, KnownImpacts } from './impactAnalyses.ts';
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
export { defaultLearningRate } from './optimizers/defaultOptimizer.ts';
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
export {
  defaultAnalysisInterval,
  deltaWarning,
  plannedRun,
  releasesOf,
  type PlannedAnalysisOptions,
  type PlannedRunOptions,
  type RunReleases,
} from './planning/plannedRun.ts';
export type { PlateauStopOptions } from './plateauStop.ts';
export type {
  ComputationSetting,
  FoundSums,
  GradientSource,
  LossGroup,
  LossRequest,
  ProbeRequest,
  StepAnswer,
  StepRequest,
  SumArithmetic,
  SumSetting,
} from './source/gradientSource.ts';
export { defaultPhysicalBatchSize, type PlannedDraw } from './source/defaultPhysicalBatchSize.ts';
export { localSource, type LocalSourceOptions } from './source/localSource.ts';
export type { ViewedRows } from './source/physicalBatches.ts';
export { SourceError } from './source/sourceError.ts';
export type { UnsafeStepStatistics } from './source/readAnswer.ts';
export { stepSeconds, type RunSeconds } from './stepSeconds.ts';
export { binary } from './tasks/binary.ts';
export { builtInTasks, createTask } from './tasks/builtInTasks.ts';
export { requireTask, taskScore } from './tasks/checkTask.ts';
export { classification } from './tasks/classification.ts';
export type { ClassWeightOptions } from './tasks/classWeights.ts';
export { evaluate, type Evaluation } from './tasks/evaluate.ts';
export { exampleCheck } from './tasks/exampleCheck.ts';
export { multilabel } from './tasks/multilabel.ts';
export { regression } from './tasks/regression.ts';
export { lossOf, severalTasks, type SeveralTasksOptions } from './tasks/severalTasks.ts';
export {
  isSeveral,
  type ClassFigures,
  type ClassReport,
  type Metric,
  type Metrics,
  type ModelTask,
  type Outcomes,
  type SeveralTasks,
  type Task,
  type TaskScore,
} from './tasks/task.ts';
export { DPTrainer } from './trainer.ts';
export type {
  DPTrainerOptions,
  EpochBegin,
  EpochEnd,
  RunSignals,
  ScheduleDecision,
  SettledCharges,
  StepEnd,
  StopReason,
  SumsProbed,
  TrainingCallbacks,
  TrainingPosition,
  TrainingResult,
} from './trainerTypes.ts';
export {
  WeightAverage,
  type WeightAverageOptions,
  type WeightAverageState,
} from './weightAverage.ts';
