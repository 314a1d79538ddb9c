export {
  builtInModels,
  createModel,
  modelsOfAnyWidth,
  type BuiltInModelOptions,
} from './builtInModels.ts';
export { densenet121 } from './densenet121.ts';
export { mlp, type MlpOptions } from './mlp.ts';
export {
  type ImageNetworkOptions,
  type ModelOptions,
  type ResidualNetworkOptions,
  type Stem,
} from './modelOptions.ts';
export { resnet18 } from './resnet18.ts';
export { resnet20 } from './resnet20.ts';
export { resnet50 } from './resnet50.ts';
export { smallCnn, type SmallCnnOptions } from './smallCnn.ts';
export { freezeLayers } from './freezeLayers.ts';
export { headOf, withNewHead, type NewHeadOptions } from './head.ts';
export type { ElementTypeName, StoredTensor, TensorValues } from './weights/elementTypes.ts';
export {
  loadWeights,
  storedWeights,
  type LoadedLayers,
  type LoadWeightsOptions,
} from './weights/loadWeights.ts';
export { pytorchNaming } from './weights/pytorchNaming.ts';
export {
  encodeSafetensors,
  parseSafetensors,
  type SafetensorsContent,
} from './weights/safetensors.ts';
export { torchvisionModules } from './weights/torchvisionModules.ts';
export { layersNaming, type StoredWeight, type WeightNaming } from './weights/weightNaming.ts';
export { WeightsError } from './weights/weightsError.ts';
