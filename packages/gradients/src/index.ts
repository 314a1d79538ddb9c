export { checkGradients } from './checkGradients.ts';
export { checkIndependence, checkValues } from './checkIndependence.ts';
export { checkLoss } from './checkLoss.ts';
export { contribute, type Contribution } from './contribute.ts';
export type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
export { findInexactSums, type ExactSumsOptions } from './findInexactSums.ts';
export { forwardLosses, type ForwardLosses, type ForwardLossesOptions } from './forwardLosses.ts';
export { GroupNormalization, type GroupNormalizationConfig } from './layers/groupNormalization.ts';
export {
  scaledGroupNormalization,
  scaledGroupNormalizationGradients,
  type GroupNormalizationGradients,
  type NormalizedOperands,
} from './layers/scaledGroupNormalization.ts';
export { registerLayers } from './layers/registerLayers.ts';
export { SelfAttention, type SelfAttentionConfig } from './layers/selfAttention.ts';
export {
  binaryCrossEntropy,
  categoricalCrossEntropy,
  meanSquaredError,
  softmaxCrossEntropy,
  type ModelLoss,
  type PerExampleLoss,
} from './losses.ts';
export {
  microbatchClippedSum,
  microbatchGradients,
  type MicrobatchGradients,
} from './microbatchGradients.ts';
export { layerInfo, type LayerInfo } from './layerInfo.ts';
export { leafLayers, trainableValueCount, trainableVariables } from './modelLayers.ts';
export {
  addBias,
  multiplyChannels,
  type JointlyWeightedOperation,
  type LayerPass,
  type LookupOperation,
  type PassRandomness,
  type WeightedOperation,
} from './rules/layerPass.ts';
export { regularizationGradients } from './regularization.ts';
export {
  replaceBatchNormalization,
  type NormalizationReplacement,
} from './replaceBatchNormalization.ts';
export type { PerExampleGradients } from './perExampleGradients.ts';
export { weightOf, type LayerRule, type QuantizableProduct } from './rules/layerRule.ts';
export { registerLayerRule, supportedLayers } from './rules/registry.ts';
export { modelProblems, validateModel, type ModelProblem } from './validateModel.ts';
