export {
  contribute,
  type ContributeOptions,
  type Contribution,
  type ExampleBatch,
} from './contribute.ts';
export {
  GroupNormalization,
  registerLayers,
  type GroupNormalizationConfig,
} from './layers/groupNormalization.ts';
export { softmaxCrossEntropy, type PerExampleLoss } from './losses.ts';
export {
  microbatchClippedSum,
  microbatchGradients,
  type MicrobatchGradients,
} from './microbatchGradients.ts';
export { layerInfo, trainableVariables, type LayerInfo } from './modelLayers.ts';
export { supportedLayers } from './rules/registry.ts';
export type { PassRounding } from './rules/tappedPass.ts';
export { modelProblems, validateModel, type ModelProblem } from './validateModel.ts';
